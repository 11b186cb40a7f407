/** What other people's CDK apps may use, as `millrace/cdk`. */

export type { GrantOptions } from "./access.ts";
export {
  AccessKey,
  type AccessKeyProps,
  consumeActions,
  manageActions,
  sendActions,
} from "./accessKey.ts";
export type { AlarmOptions } from "./alarms.ts";
export { type DeadLetterQueue, Queue, type QueueProps } from "./queue.ts";
export { QueueApi, type QueueApiProps } from "./queueApi.ts";
export type { RedriveAllowPolicy } from "./queueAttributes.ts";
export { QueueBucket, type QueueBucketProps } from "./queueBucket.ts";
export type { CustomDomain } from "./queueDomain.ts";
export {
  type CapacityRange,
  type ProvisionedCapacity,
  QueueTable,
  type QueueTableProps,
  type ServedTable,
} from "./queueTable.ts";
export {
  apiAccess,
  declareAccess,
  pollAccess,
  serverAccess,
  sweepAccess,
  type TableRight,
} from "./tableAccess.ts";
export type { Tenant } from "./tenant.ts";
export type { FunctionSettings } from "./tenantFunction.ts";
export { TenantKey } from "./tenantKey.ts";
export { type TenantGrantOptions, TenantStack, type TenantStackProps } from "./tenantStack.ts";
export { WorkerTrigger, type WorkerTriggerProps } from "./workerTrigger.ts";
