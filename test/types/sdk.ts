// Compiled by `npm run typecheck`, never run: every line after @ts-expect-error must not compile, all others must.
import {
  createEventBus,
  type EventBus,
  eventDraft,
  type HandlerContext,
  type UnknownEvent,
} from '@hyvve-events/runtime';
import {
  type ApprovalApprovedEvent,
  type ApprovalDecisionPayload,
  type ApprovalHandlers,
  type ApprovalRejectedEvent,
  approvalHandlers,
  type EventOf,
  EventTypes,
  publishApprovalApproved,
  subscribe,
  type TokenLimitWarningEvent,
} from '@hyvve-events/sdk';
import { ApprovalApproved } from '@hyvve-events/sdk/approval';

declare const bus: EventBus;
declare const decision: ApprovalDecisionPayload;
const named = { name: 'handler' };

/** True if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => undefined;

export async function publishing(): Promise<void> {
  await publishApprovalApproved(bus, decision, { tenantId: 'wks_1' });
  await publishApprovalApproved(bus.withContext({ tenantId: 'wks_1' }), decision);
  const scope = bus.withContext({ tenantId: 'wks_1' });
  // @ts-expect-error no tenant, from the call or from a scope
  await publishApprovalApproved(bus, decision);
  // @ts-expect-error a context without a tenant
  await publishApprovalApproved(bus, decision, { userId: 'usr_1' });
  // @ts-expect-error a scope without a tenant
  await publishApprovalApproved(bus.withContext({ userId: 'usr_1' }), decision);
  // @ts-expect-error a field of another type
  await publishApprovalApproved(bus, { ...decision, confidenceScore: '0.8' }, { tenantId: 'wks_1' });
  // @ts-expect-error a value outside the enum
  await publishApprovalApproved(bus, { ...decision, decision: 'maybe' }, { tenantId: 'wks_1' });
  // @ts-expect-error a missing field
  await publishApprovalApproved(scope, { approvalId: 'a', type: 't', title: 'x', decision: 'approved' });
  await publishApprovalApproved(scope, {
    approvalId: 'a',
    type: 't',
    title: 'x',
    decision: 'approved',
    confidenceScore: 1,
    // @ts-expect-error a field that the schema does not have
    surprise: true,
  });
  // @ts-expect-error an optional field is absent, not undefined
  await publishApprovalApproved(bus, { ...decision, decidedById: undefined }, { tenantId: 'wks_1' });
  // @ts-expect-error no bus
  await publishApprovalApproved(decision);
  // @ts-expect-error an unknown field of the context
  await publishApprovalApproved(bus, decision, { tenant: 'wks_1' });
  await scope.publish(ApprovalApproved, decision);
  // @ts-expect-error the data of another event
  await scope.publish(ApprovalApproved, { runId: 'run_1' });
  await scope.publishBatch([eventDraft(ApprovalApproved, decision)]);
  // @ts-expect-error the data of another event
  await bus.publishBatch([eventDraft(ApprovalApproved, { runId: 'run_1' })]);
}

export function patterns(): void {
  subscribe('approval.item.approved', named, (event) => {
    holds<Same<typeof event, ApprovalApprovedEvent>>();
    const score: number = event.data.confidenceScore;
    return void score;
  });
  subscribe('approval.*', named, (event) => {
    if (event.unknown) {
      holds<Same<typeof event, UnknownEvent>>();
      return;
    }
    if (event.type === 'approval.item.escalated') holds<Same<typeof event.data.escalatedToId, string>>();
    // @ts-expect-error an event of another domain
    if (event.type === 'kb.page.created') return;
  });
  subscribe('ai.token.*', named, (event) => {
    // @ts-expect-error not every event that the pattern matches has it
    return void event.data.requestedTokens;
  });
  subscribe('*', named, () => undefined);
  // @ts-expect-error an unknown type
  subscribe('approval.item.aproved', named, () => undefined);
  // @ts-expect-error a misspelt pattern
  subscribe('aproval.*', named, () => undefined);
  // @ts-expect-error a pattern that ends in a dot
  subscribe('approval.', named, () => undefined);
  // @ts-expect-error no name
  subscribe('approval.*', {}, () => undefined);
  // @ts-expect-error a handler that accepts another event
  subscribe('approval.item.approved', named, (event: ApprovalRejectedEvent) => void event);
  // @ts-expect-error a handler that accepts fewer events than the pattern matches
  subscribe('approval.*', named, (event: ApprovalApprovedEvent) => void event);
  // @ts-expect-error an unknown option
  subscribe('approval.*', { ...named, retries: 3 }, () => undefined);

  holds<Same<EventOf<'approval.item.approved'>, ApprovalApprovedEvent>>();
  holds<Same<TokenLimitWarningEvent extends EventOf<'ai.*'> ? true : false, true>>();
  holds<Same<Extract<EventOf<'approval.*'>, TokenLimitWarningEvent>, never>>();
  holds<Same<(typeof EventTypes)['APPROVAL_APPROVED'], 'approval.item.approved'>>();
  // @ts-expect-error no event has such a type
  type _Nothing = EventOf<'approvals.*'>;
  // @ts-expect-error an unknown constant
  void EventTypes.APPROVAL_APROVED;
}

export function handlers(): void {
  bus.subscribe(
    approvalHandlers({ onApprovalApproved: (event, ctx) => ctx.log.info({ title: event.data.title }, 'approved') }),
  );
  // @ts-expect-error an unknown method
  approvalHandlers({ onApprovalAproved: () => undefined });
  // @ts-expect-error a handler that accepts another event
  approvalHandlers({ onApprovalApproved: (event: ApprovalRejectedEvent) => void event });
  approvalHandlers({}, { methods: { onApprovalApproved: { maxRetries: 0 } } });
  // @ts-expect-error options of an unknown method
  approvalHandlers({}, { methods: { onApprovalAproved: { maxRetries: 0 } } });
}

// @ts-expect-error a class that lacks methods of the interface it implements
export class Incomplete implements ApprovalHandlers {
  onApprovalApproved(_event: ApprovalApprovedEvent, _ctx: HandlerContext): void {}
}

export abstract class Mistaken implements Partial<ApprovalHandlers> {
  // @ts-expect-error a method that accepts another event
  onApprovalApproved(_event: ApprovalRejectedEvent): void {}
}

export function events(event: ApprovalApprovedEvent): void {
  const data: ApprovalDecisionPayload = event.data;
  const type: 'approval.item.approved' = event.type;
  // @ts-expect-error events are read-only
  event.data.title = 'other';
  // @ts-expect-error envelopes are read-only
  event.tenantId = 'other';
  void [data, type];
}

export function buses(): void {
  createEventBus({ service: 'billing' });
  // @ts-expect-error a bus belongs to a service
  createEventBus({});
  // @ts-expect-error an unknown option
  createEventBus({ service: 'billing', retries: 3 });
}
