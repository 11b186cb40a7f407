import type { Table } from "#table/table.ts";
import type { Background } from "./background.ts";
import type { Clock } from "./clock.ts";
import type { Contention } from "./contention.ts";
import type { EngineEvent } from "./engineEvent.ts";
import type { Groups } from "./fifo/groups.ts";
import type { LaneLoads } from "./laneLoads.ts";
import type { LaneMemories } from "./laneMemory.ts";
import type { LanePolls } from "./lanePolls.ts";
import type { QueueStore } from "./queueStore.ts";
import type { Random } from "./random.ts";
import type { RecentContents } from "./recentContents.ts";
import type { SendOrder } from "./sendOrder.ts";
import type { SendSigns } from "./sendSigns.ts";
import type { Waiters } from "./waiters.ts";

/** What every operation works with. */
export interface EngineContext {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  readonly queues: QueueStore;
  readonly waiters: Waiters;
  readonly lanes: LaneMemories;
  readonly contents: RecentContents;
  readonly polls: LanePolls;
  readonly laneLoads: LaneLoads;
  readonly contention: Contention;
  readonly sendOrder: SendOrder;
  readonly signs: SendSigns;
  readonly groups: Groups;
  /** Without SQS's two waiting rules of 60 seconds. */
  readonly isRelaxed: boolean;
  readonly report: (event: EngineEvent) => void;
  readonly background: Background;
}
