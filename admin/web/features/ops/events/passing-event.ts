/** An event as it passes: its envelope, with its place in the stream. */
export interface PassingEvent {
  readonly streamId: string;
  readonly id: string;
  readonly type: string;
  readonly source?: string;
  /** ISO 8601. */
  readonly timestamp?: string;
  readonly correlationId?: string;
  readonly tenantId?: string;
}
