/**
 * Code that publishes and handles events in unusual ways, by the name of the case. The comment `//= …` of a line says what must be
 * found there; nothing else may be found.
 */
export const hardCases = {
  'renamed import': `
    import { publishCrmContactCreated as announce } from '@hyvve-events/sdk/crm';
    import { bus } from './bus.js';
    await announce(bus, {} as never); //= publish crm.contact.created, publishCrmContactCreated`,

  'namespace import': `
    import * as sdk from '@hyvve-events/sdk/kb';
    import { bus } from './bus.js';
    await sdk.publishKbPageMoved(bus, {} as never); //= publish kb.page.moved, publishKbPageMoved`,

  'barrel that renames': `
    import { started } from './barrel.js';
    import { bus } from './bus.js';
    await started(bus, {} as never); //= publish agent.run.started, publishAgentRunStarted`,

  'namespace of a barrel': `
    import * as events from './barrel.js';
    import { bus } from './bus.js';
    await events.started(bus, {} as never); //= publish agent.run.started, publishAgentRunStarted
    await events.publishKbPageCreated(bus, {} as never); //= publish kb.page.created, publishKbPageCreated`,

  'function as a value': `
    import { publishApprovalExpired, publishApprovalRejected } from '@hyvve-events/sdk/approval';
    export const all = [publishApprovalExpired]; //= publish approval.item.expired, publishApprovalExpired
    export const named = { publishApprovalRejected }; //= publish approval.item.rejected, publishApprovalRejected`,

  'constant with another name': `
    import { publishApprovalExpired } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    const expire = publishApprovalExpired;
    await expire(bus, {} as never); //= publish approval.item.expired, publishApprovalExpired`,

  'exported constant with another name': `
    import { removed } from './barrel.js';
    import { bus } from './bus.js';
    await removed(bus, {} as never); //= publish kb.page.deleted, publishKbPageDeleted`,

  'definition chosen at run time': `
    import { ApprovalApproved, ApprovalRejected, type ApprovalDecisionPayload } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    declare const decision: ApprovalDecisionPayload;
    const scope = bus.withContext({ tenantId: 'acme' });
    const event = decision.decision === 'approved' ? ApprovalApproved : ApprovalRejected;
    await scope.publish(event, decision); //= publish approval.item.approved, publish & publish approval.item.rejected, publish`,

  'helper function that gets the definition': `
    import { PmPhaseCreated } from '@hyvve-events/sdk/pm';
    import { bus } from './bus.js';
    import { send } from './helpers.js';
    await send(bus, PmPhaseCreated, {} as never); //= publish pm.phase.created, send → publish`,

  'helper function with another name': `
    import { PmPhaseUpdated } from '@hyvve-events/sdk/pm';
    import { announce } from './barrel.js';
    import { bus } from './bus.js';
    await announce(bus, PmPhaseUpdated, {} as never); //= publish pm.phase.updated, announce → publish`,

  'helper function that calls a helper function': `
    import type { AnyEventDefinition } from '@hyvve-events/runtime';
    import { PmPhaseTransitioned } from '@hyvve-events/sdk/pm';
    import { bus } from './bus.js';
    import { send } from './helpers.js';
    const sendAll = async ({ event }: { event: AnyEventDefinition }) => send(bus, event as never, {} as never);
    await sendAll({ event: PmPhaseTransitioned }); //= publish pm.phase.transitioned, sendAll → send → publish`,

  'helper function without a call': `
    import type { AnyEventDefinition, TenantPublisher } from '@hyvve-events/runtime';
    export function unused(to: TenantPublisher, event: AnyEventDefinition) {
      return to.publish(event, {}); //= undecided publish, publish
    }`,

  'helper function that gets the publisher': `
    import type { TenantPublisher } from '@hyvve-events/runtime';
    import { KbPageRestored } from '@hyvve-events/sdk/kb';
    export async function restore(publisher: TenantPublisher) {
      await publisher.publish(KbPageRestored, {} as never); //= publish kb.page.restored, publish
    }`,

  'class that wraps a publisher': `
    import type { AnyEventDefinition, TenantPublisher } from '@hyvve-events/runtime';
    import { KbPageUpdated } from '@hyvve-events/sdk/kb';
    interface Outgoing { emit(event: AnyEventDefinition, data: object): Promise<unknown> }
    class Traced implements Outgoing {
      constructor(private readonly inner: TenantPublisher) {}
      emit(event: AnyEventDefinition, data: object) { return this.inner.publish(event, data); }
    }
    declare const outgoing: Outgoing;
    export { Traced };
    await outgoing.emit(KbPageUpdated, {}); //= publish kb.page.updated, emit → publish`,

  'definition kept by a class': `
    import type { AnyEventDefinition, TenantPublisher } from '@hyvve-events/runtime';
    import { KbPageFavorited } from '@hyvve-events/sdk/kb';
    class Sender {
      constructor(readonly event: AnyEventDefinition) {}
      send(to: TenantPublisher) { return to.publish(this.event, {}); }
    }
    export const sender = new Sender(KbPageFavorited); //= publish kb.page.favorited, Sender → publish`,

  'batch of drafts': `
    import { type EventDraft, eventDraft as draft } from '@hyvve-events/runtime';
    import { AuthSessionCreated, AuthUserCreated, AuthUserUpdated } from '@hyvve-events/sdk/auth';
    import { bus } from './bus.js';
    const drafts = [draft(AuthUserCreated, {} as never, { tenantId: 'acme' })]; //= publish auth.user.created, eventDraft
    await bus.publishBatch(drafts);
    await bus.publishBatch([{ event: AuthUserUpdated, data: {} as never, options: { tenantId: 'acme' } }]); //= publish auth.user.updated, publishBatch
    export const later: EventDraft = { event: AuthSessionCreated, data: {}, options: {} }; //= publish auth.session.created, EventDraft`,

  'definition that is only named': `
    import { CrmContactDeleted } from '@hyvve-events/sdk/crm';
    import { bus } from './bus.js';
    export const known = new Map([['deleted', CrmContactDeleted]]); //= mention crm.contact.deleted, CrmContactDeleted
    export type Deleted = typeof CrmContactDeleted;`,

  'publisher of type any': `
    import { PmProjectCreated } from '@hyvve-events/sdk/pm';
    import { bus } from './bus.js';
    // biome-ignore lint/suspicious/noExplicitAny: the case
    (bus as any).publish(PmProjectCreated, {}); //= mention pm.project.created, PmProjectCreated`,

  'object with the type of the interface': `
    import { type ApprovalHandlers, approvalHandlers as handlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    const typed: Partial<ApprovalHandlers> = {
      onApprovalExpired() {}, //= handle approval.item.expired, approvalHandlers
    };
    bus.subscribe(handlers(typed));`,

  'class with a base class, made by a function': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    abstract class Base {
      onApprovalCreated() {} //= handle approval.item.created, approvalHandlers
    }
    class Impl extends Base {
      async onApprovalEscalated() {} //= handle approval.item.escalated, approvalHandlers
      helper() {}
    }
    const make = (): Partial<ApprovalHandlers> => new Impl();
    bus.subscribe(approvalHandlers(make()));`,

  'spread of an object': `
    import { approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    const some = {
      onApprovalRequested() {}, //= handle approval.item.requested, approvalHandlers
    };
    bus.subscribe(approvalHandlers({
      ...some,
      onApprovalRejected() {}, //= handle approval.item.rejected, approvalHandlers
    }));`,

  'handlers as a parameter': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    function listen(impl: Partial<ApprovalHandlers>) { bus.subscribe(approvalHandlers(impl)); }
    listen({
      onApprovalApproved() {}, //= handle approval.item.approved, listen → approvalHandlers
    });`,

  'handlers that only the run knows': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    declare const impl: Partial<ApprovalHandlers>;
    bus.subscribe(approvalHandlers(impl)); //= undecided handle, approvalHandlers`,

  'pattern in a constant': `
    import { subscribe as on } from '@hyvve-events/sdk';
    import { bus } from './bus.js';
    const pattern = 'permission.*' as const;
    bus.subscribe(on(pattern, { name: 'a' }, () => {})); //= handle permission.module_override.changed, subscribe('permission.*') & handle permission.role.changed, subscribe('permission.*')`,

  'pattern that only the run knows': `
    import { type EventPattern, subscribe } from '@hyvve-events/sdk';
    import { bus } from './bus.js';
    declare const pattern: EventPattern;
    bus.subscribe(subscribe(pattern, { name: 'b' }, () => {})); //= undecided handle, subscribe`,

  'pattern as a parameter': `
    import { type EventPattern, subscribe } from '@hyvve-events/sdk';
    import { bus } from './bus.js';
    const on = (pattern: EventPattern) => bus.subscribe(subscribe(pattern, { name: pattern }, () => {}));
    on('ai.token.limit_warning'); //= handle ai.token.limit_warning, on('ai.token.limit_warning')`,

  'events of another catalog': `
    import type { EventDefinition } from '@hyvve-events/runtime';
    import { bus } from './bus.js';
    declare const other: EventDefinition<'shop.order.placed', object>;
    await bus.publish(other, {});`,

  'function of the same name': `
    import { publishApprovalApproved } from './fake.js';
    publishApprovalApproved();`,

  'import()': `
    import { bus } from './bus.js';
    const { publishWorkspaceMemberAdded, publishWorkspaceCreated: create } = await import('@hyvve-events/sdk/workspace');
    await publishWorkspaceMemberAdded(bus, {} as never); //= publish workspace.member.added, publishWorkspaceMemberAdded
    await create(bus, {} as never); //= publish workspace.workspace.created, publishWorkspaceCreated
    const module = await import('@hyvve-events/sdk/workspace');
    await module.publishWorkspaceUpdated(bus, {} as never); //= publish workspace.workspace.updated, publishWorkspaceUpdated`,

  'types and upcasters': `
    import type { Upcast } from '@hyvve-events/runtime';
    import type { ApprovalApprovedEvent, ApprovalDecisionPayload, publishApprovalApproved } from '@hyvve-events/sdk/approval';
    export const v1ToV2: Upcast<ApprovalDecisionPayload, ApprovalDecisionPayload> = (data) => data;
    export type Publish = typeof publishApprovalApproved;
    export function title({ data }: ApprovalApprovedEvent) { return data.title; }`,

  'names in brackets': `
    import * as sdk from '@hyvve-events/sdk/kb';
    import { bus } from './bus.js';
    await sdk['publishKbPageMoved'](bus, {} as never); //= publish kb.page.moved, publishKbPageMoved
    await bus['publish'](sdk.KbPageUpdated, {} as never); //= publish kb.page.updated, publish`,

  'import() of a barrel': `
    import { bus } from './bus.js';
    const events = await import('./barrel.js');
    await events.started(bus, {} as never); //= publish agent.run.started, publishAgentRunStarted
    void import('./barrel.js').then((module) => module.removed(bus, {} as never)); //= publish kb.page.deleted, publishKbPageDeleted`,

  'handlers of one of two classes': `
    import { approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    class Requests { onApprovalRequested() {} } //= handle approval.item.requested, approvalHandlers
    class Decisions { onApprovalApproved() {} } //= handle approval.item.approved, approvalHandlers
    declare const flag: boolean;
    bus.subscribe(approvalHandlers(flag ? new Requests() : new Decisions()));`,

  'handlers that are assigned': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    const impl: Partial<ApprovalHandlers> = {};
    impl.onApprovalExpired = () => {}; //= handle approval.item.expired, onApprovalExpired = …
    bus.subscribe(approvalHandlers(impl)); //= undecided handle, approvalHandlers`,

  'handlers in a record': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    const impl: Record<string, () => void> = {};
    bus.subscribe(approvalHandlers(impl as Partial<ApprovalHandlers>)); //= undecided handle, approvalHandlers`,

  'handlers of a derived class': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    abstract class Base {
      start() { bus.subscribe(approvalHandlers(this as Partial<ApprovalHandlers>)); } //= undecided handle, approvalHandlers
    }
    export class Derived extends Base { onApprovalExpired() {} }`,

  'constructor of a base class': `
    import { type ApprovalHandlers, approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    class Base { constructor(impl: Partial<ApprovalHandlers>) { bus.subscribe(approvalHandlers(impl)); } }
    export class Own extends Base {
      constructor() { super({ onApprovalExpired() {} }); } //= handle approval.item.expired, super → approvalHandlers
    }
    export class Inherited extends Base {} //= undecided handle, approvalHandlers`,

  'functions that go somewhere else': `
    import { type EventPattern, subscribe } from '@hyvve-events/sdk';
    import { approvalHandlers } from '@hyvve-events/sdk/approval';
    import { bus } from './bus.js';
    const api = {
      on: subscribe, //= undecided handle, subscribe
      approvalHandlers, //= undecided handle, approvalHandlers
    };
    bus.subscribe(api.approvalHandlers({ onApprovalExpired() {} }));
    const on = (pattern: EventPattern) => bus.subscribe(subscribe(pattern, { name: pattern }, () => {}));
    on('ai.token.limit_warning'); //= handle ai.token.limit_warning, on('ai.token.limit_warning')
    (['kb.page.moved'] as const).forEach(on); //= undecided handle, subscribe`,

  'arguments that are spread': `
    import type { AnyEventDefinition, TenantPublisher } from '@hyvve-events/runtime';
    import { bus } from './bus.js';
    async function forward(to: TenantPublisher, event: AnyEventDefinition) { await to.publish(event, {}); }
    declare const given: [TenantPublisher, AnyEventDefinition];
    await forward(...given); //= undecided publish, publish`,

  'decorators of NestJS': `
    import { createEventSubscriber, EventHandlers, EventPublisher } from '@hyvve-events/nestjs';
    import { subscribe } from '@hyvve-events/sdk';
    import { ContentArticleCreated } from '@hyvve-events/sdk/content';
    import { type ApprovalHandlers, approvalHandlers, publishApprovalApproved } from '@hyvve-events/sdk/approval';
    const On = createEventSubscriber(subscribe);
    class Base {
      onApprovalCreated() {} //= handle approval.item.created, @EventHandlers(approvalHandlers)
    }
    @EventHandlers(approvalHandlers, { priority: 50 })
    export class Approvals extends Base implements Partial<ApprovalHandlers> {
      constructor(private readonly events: EventPublisher) { super(); }
      async onApprovalRequested() { //= handle approval.item.requested, @EventHandlers(approvalHandlers)
        await publishApprovalApproved(this.events, {} as never); //= publish approval.item.approved, publishApprovalApproved
        await this.events.publish(ContentArticleCreated, {} as never); //= publish content.article.created, publish
      }
    }
    export class Audit {
      @On('crm.contact.created', { name: 'audit' }) //= handle crm.contact.created, @On('crm.contact.created')
      record() {}
    }
    @EventHandlers(approvalHandlers)
    export default class { onApprovalExpired() {} } //= handle approval.item.expired, @EventHandlers(approvalHandlers)
    export const applied = [EventHandlers(approvalHandlers)]; //= undecided handle, approvalHandlers`,
} as const;

/** The modules that the cases import. */
export const sharedModules = {
  'bus.ts': `import { createEventBus } from '@hyvve-events/runtime';
export const bus = createEventBus({ service: 'hard' }).withContext({ tenantId: 'acme' }) as unknown as import('@hyvve-events/runtime').EventBus & { readonly tenantId: string };`,
  'barrel.ts': `export { publishAgentRunStarted as started } from '@hyvve-events/sdk/agent';
export * from '@hyvve-events/sdk/kb';
export { send as announce } from './helpers.js';
import { publishKbPageDeleted } from '@hyvve-events/sdk/kb';
export const removed = publishKbPageDeleted;`,
  'helpers.ts': `import type { EventDefinition, TenantPublisher } from '@hyvve-events/runtime';
export async function send<T extends string, D>(to: TenantPublisher, event: EventDefinition<T, D>, data: D) {
  await to.publish(event, data as never);
}`,
  'fake.ts': 'export function publishApprovalApproved(): void {}',
} as const;
