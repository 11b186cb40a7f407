/** A number from 0 up to 1 at each call, the same ones for the same seed (mulberry32). */
export type Chance = () => number;

/** Chance that can be had again: a run that failed prints its seed. */
export function seededRandom(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to `below` - 1. */
export function wholeBelow(chance: Chance, below: number): number {
  return Math.floor(chance() * below);
}

/** One of several. */
export function oneOf<Each>(chance: Chance, several: readonly [Each, ...Each[]]): Each {
  return several[wholeBelow(chance, several.length)] ?? several[0];
}
