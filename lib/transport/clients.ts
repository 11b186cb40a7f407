/** How many requests each address has in work. Holds no more addresses than there are such requests. */
export class Clients {
  readonly #requestsMax: number;
  readonly #running = new Map<string, number>();

  constructor(requestsMax: number) {
    this.#requestsMax = requestsMax;
  }

  isFull(address: string): boolean {
    return (this.#running.get(address) ?? 0) >= this.#requestsMax;
  }

  begin(address: string): void {
    this.#running.set(address, (this.#running.get(address) ?? 0) + 1);
  }

  end(address: string): void {
    const left = (this.#running.get(address) ?? 1) - 1;
    if (left === 0) this.#running.delete(address);
    else this.#running.set(address, left);
  }
}
