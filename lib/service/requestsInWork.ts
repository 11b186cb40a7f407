import { SqsError } from "#contract/errors.ts";
import type { Identity } from "./authenticate.ts";

/** What one account has of a room. */
interface Part {
  taken: number;
}

/** Room for requests that accounts share; a transport has such rooms for those whom it knows by address. */
export interface RequestRoom {
  hasFor(part: Part, amount: number): boolean;
  take(part: Part, amount: number): void;
  giveBack(part: Part, amount: number): void;
}

export interface RequestsInWorkOptions {
  /** For all accounts. Without one there is no end of it. */
  readonly room: RequestRoom;
  /** Requests at once of one key. Defaults to any number. */
  readonly keyRequestsMax?: number | undefined;
}

/**
 * How many requests are in work for each access key, waiting receives among them, and for each account. So
 * that no key takes more than it may, and no tenant the turns of all others. Holds nothing of those who ask
 * nothing.
 */
export class RequestsInWork {
  readonly #room: RequestRoom;
  readonly #keyRequestsMax: number;
  readonly #accounts = new Map<string, Part>();
  readonly #keys = new Map<string, Part>();

  constructor({ room, keyRequestsMax = Number.POSITIVE_INFINITY }: RequestsInWorkOptions) {
    this.#room = room;
    this.#keyRequestsMax = keyRequestsMax;
  }

  /**
   * Counts a request until `leave`. Refuses one too many with `RequestThrottled`, upon which SDKs wait and
   * try again.
   */
  enter({ account, senderId }: Identity): void {
    const ofAccount = this.#accounts.get(account) ?? { taken: 0 };
    const ofKey = this.#keys.get(senderId) ?? { taken: 0 };
    if (ofKey.taken >= this.#keyRequestsMax) {
      throw new SqsError(
        "RequestThrottled",
        `Too many requests at once: this access key may have ${this.#keyRequestsMax}.`,
      );
    }
    if (!this.#room.hasFor(ofAccount, 1)) {
      throw new SqsError("RequestThrottled", "Too many requests at once for this account.");
    }
    this.#room.take(ofAccount, 1);
    ofKey.taken += 1;
    this.#accounts.set(account, ofAccount);
    this.#keys.set(senderId, ofKey);
  }

  leave({ account, senderId }: Identity): void {
    const ofAccount = this.#accounts.get(account);
    const ofKey = this.#keys.get(senderId);
    if (ofAccount === undefined || ofKey === undefined) return;
    this.#room.giveBack(ofAccount, 1);
    ofKey.taken -= 1;
    if (ofAccount.taken === 0) this.#accounts.delete(account);
    if (ofKey.taken === 0) this.#keys.delete(senderId);
  }
}
