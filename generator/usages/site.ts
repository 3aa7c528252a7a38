import type { ts } from 'ts-morph';
import type { KnownEvents } from './known-events.js';
import type { TracedParameter } from './trace.js';

/** A place in the code of services that uses an event, before the services are known. */
export interface Site {
  readonly node: ts.Node;
  readonly kind: 'publish' | 'handle' | 'mention';
  readonly type: string;
  readonly how: string;
}

/** A place whose events cannot be decided. */
export interface UndecidedSite {
  readonly node: ts.Node;
  readonly kind: 'publish' | 'handle';
  readonly how: string;
  readonly reason: string;
}

/** A place that names a service. */
export interface ServiceSite {
  readonly node: ts.Node;
  /** Undefined if only the run decides it. */
  readonly name: string | undefined;
}

/** What is passed to a call: the definition of an event, a pattern, an implementation of handlers, the name of a service. */
export type ArgumentRole = 'definition' | 'pattern' | 'handlers' | 'service';

/** A function whose parameter is passed on: its calls publish, handle or start a service. */
export interface Forwarder {
  readonly role: ArgumentRole;
  readonly parameter: TracedParameter;
  /** The call within the function. */
  readonly node: ts.Node;
  readonly how: string;
  /** The events of the SDK that the call is of. */
  readonly events: KnownEvents;
}
