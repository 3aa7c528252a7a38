import type { ts } from 'ts-morph';
import type { Decisions, HandlerMethod } from './decide.js';
import type { KnownEvents } from './known-events.js';
import type { ArgumentRole, Forwarder, ServiceSite, Site, UndecidedSite } from './site.js';
import type { Trace, Traced } from './trace.js';

/** A value that is passed to a call which publishes, handles or starts a service. */
export interface PassedValue {
  readonly role: ArgumentRole;
  /** Where it is reported. */
  readonly node: ts.Node;
  readonly how: string;
  readonly events: KnownEvents;
  readonly expression: ts.Expression;
  /** Properties from the expression to the value. */
  readonly path: readonly string[];
}

/** Everything that was found in some files. */
export interface Sites {
  readonly found: Site[];
  readonly undecided: UndecidedSite[];
  readonly services: ServiceSite[];
  readonly forwarders: Forwarder[];
  /** Expressions whose events were decided: the definitions within them are no mentions. */
  readonly consumed: Set<ts.Node>;
}

export function noSites(): Sites {
  return { found: [], undecided: [], services: [], forwarders: [], consumed: new Set() };
}

/** Decides what a passed value is, and adds the result: usages, a function that passes its parameter on, or a place without decision. */
export type RecordValue = (value: PassedValue) => void;

export function recorder(sites: Sites, checker: ts.TypeChecker, decisions: Decisions, trace: Trace): RecordValue {
  return (passed) => {
    const traced = trace(passed.expression, passed.path);
    const isDecided = decide(passed, traced);
    if (isDecided) sites.consumed.add(passed.expression);
    else if (traced.kind === 'parameter') sites.forwarders.push({ ...passed, parameter: traced.parameter });
    else addUndecided(passed);
  };

  function decide(passed: PassedValue, traced: Traced): boolean {
    const { role, node, how, events } = passed;
    if (role === 'service') {
      const names = decisions.services(traced);
      for (const name of names ?? []) sites.services.push({ node, name });
      return names !== undefined;
    }
    if (role === 'handlers') {
      const { methods: made = [], isComplete } = decisions.handlers(traced) ?? {};
      const methods = [...made, ...addedMethods(passed)];
      for (const { name, at = node } of methods) {
        const type = events.byHandler.get(name);
        if (type !== undefined) sites.found.push({ node: at, kind: 'handle', type, how });
      }
      // Without a handler, the methods come from elsewhere: `handlers.onOrderPlaced = …`.
      return isComplete === true && methods.some(({ name }) => events.byHandler.has(name));
    }
    const type = typeOf(passed, traced);
    if (role === 'definition') {
      const types = decisions.definitions(type);
      for (const each of types ?? []) sites.found.push({ node, kind: 'publish', type: each, how });
      return types !== undefined;
    }
    const patterns = decisions.patterns(type);
    for (const pattern of patterns ?? []) {
      for (const each of events.matching(pattern)) {
        sites.found.push({ node, kind: 'handle', type: each, how: `${how}('${pattern}')` });
      }
    }
    return patterns !== undefined;
  }

  /** In JavaScript the type of a constant has also what is assigned later: `handlers.onOrderPlaced = …`. */
  function addedMethods({ expression, path }: PassedValue): readonly HandlerMethod[] {
    if (path.length > 0) return [];
    const type = checker.getTypeAtLocation(expression);
    const { methods = [] } = decisions.handlers({ kind: 'value', expression: undefined, type }) ?? {};
    return methods.filter(({ at }) => at !== undefined);
  }

  /** The type where the value is used, which may be narrower than where it comes from. */
  function typeOf({ expression, path }: PassedValue, traced: Traced): ts.Type {
    return path.length === 0 || traced.kind === 'parameter' ? checker.getTypeAtLocation(expression) : traced.type;
  }

  function addUndecided({ role, node, how }: PassedValue): void {
    if (role === 'service') sites.services.push({ node, name: undefined });
    else sites.undecided.push({ node, kind: role === 'definition' ? 'publish' : 'handle', how, reason: reasons[role] });
  }
}

const reasons = {
  definition: 'only the running code decides which definition is published',
  pattern: 'only the running code decides the pattern',
  handlers: 'only the running code decides which methods the handlers have',
} as const;
