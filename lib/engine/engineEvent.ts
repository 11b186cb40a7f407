/** What happened that an operator may want to know. Names and times, never contents. */
export interface EngineEvent {
  readonly event: string;
  readonly [field: string]: string | number;
}
