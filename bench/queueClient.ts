/** One queue as a load sees it, whoever serves it and however it is reached. */
export interface QueueClient {
  /** Sends one body by SendMessage, or several by SendMessageBatch; answers their message ids. */
  send(bodies: readonly string[]): Promise<readonly string[]>;
  receive(options: ReceiveOptions): Promise<readonly Delivery[]>;
  /** Deletes one message by DeleteMessage, or several by DeleteMessageBatch. */
  delete(receiptHandles: readonly string[]): Promise<void>;
  changeVisibility(receiptHandle: string, timeoutSeconds: number): Promise<void>;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly most: number;
  readonly visibilityTimeoutSeconds: number;
  readonly waitSeconds: number;
}

/** A message as it was received. */
export interface Delivery {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
}

interface FailedEntry {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** Throws unless a batch succeeded as a whole. */
export function assertNoneFailed(failed: readonly FailedEntry[] | undefined): void {
  const [first] = failed ?? [];
  if (first !== undefined) throw new Error(`a batch entry failed: ${first.Code}: ${first.Message}`);
}

/** The entries of a batch, each with its place as its id. */
export function entriesOf<Each, Entry>(
  several: readonly Each[],
  entryOf: (each: Each) => Entry,
): readonly (Entry & { readonly Id: string })[] {
  return several.map((each, index) => ({ ...entryOf(each), Id: String(index) }));
}
