import type { Declarations } from "./declarations.ts";
import type { Poller } from "./poller.ts";
import type { QueueApi } from "./queueApi.ts";

/** What queues, triggers and access keys need of the tenant that they belong to. A `TenantStack` is one. */
export interface Tenant {
  readonly tenantName: string;
  readonly api: QueueApi;
  readonly poller: Poller;
  readonly declarations: Declarations;
}
