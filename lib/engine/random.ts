/** Where the engine gets its luck, so that a test can choose it. */
export interface Random {
  /** Unguessable lower-case hexadecimal digits, two a byte. */
  hex(bytes: number): string;
  /** A whole number from 0 to `below` - 1; need not be unguessable. */
  below(below: number): number;
}
