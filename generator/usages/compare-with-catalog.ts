import type { Usage } from '@hyvve-events/catalog-model';
import type { RuleSettings, RuleSeverity } from '../config/config.js';
import type { EventModelEntry } from '../model/event-model.js';
import { isExcepted, optionsOf } from '../rules/run-rules.js';
import type { SourceLocation } from '../source/document-store.js';
import type { Problem, UsageRuleCode } from '../support/errors.js';
import { nearestWord } from '../support/nearest.js';
import { groupBy } from '../support/values.js';
import type { Action, CatalogOperations } from './catalog-operations.js';
import type { FoundUsages } from './find-usages.js';

/** What the code of a service does with an event that the catalog does not declare. */
export interface MissingOperation {
  readonly service: string;
  readonly action: Action;
  readonly type: string;
}

export interface Comparison {
  readonly problems: readonly Problem[];
  /** Those of them that remain when what is missing is added. */
  readonly unsolved: readonly Problem[];
  /** What `--write` adds, in the order of service, action and type. */
  readonly missing: readonly MissingOperation[];
}

export interface CompareOptions {
  readonly events: readonly EventModelEntry[];
  readonly catalog: CatalogOperations;
  readonly rules: RuleSettings;
}

interface UsageFinding extends SourceLocation {
  readonly code: UsageRuleCode;
  readonly message: string;
  readonly hint: string;
  /** Event types and services, for `except` of the rule. */
  readonly about: readonly string[];
}

/** Default severities: what the catalog lacks is an error, what it has beyond the code is a warning. */
const severities: Readonly<Record<UsageRuleCode, RuleSeverity>> = {
  SENDER_UNDECLARED: 'error',
  RECEIVER_UNDECLARED: 'error',
  SENDER_UNUSED: 'warning',
  RECEIVER_UNUSED: 'warning',
  SERVICE_UNKNOWN: 'error',
  SERVICE_UNDECIDED: 'warning',
  EVENT_UNHANDLED: 'warning',
};

const sides = [
  { action: 'send', kind: 'publish', side: 'senders', word: 'SENDER', does: 'publishes' },
  { action: 'receive', kind: 'handle', side: 'receivers', word: 'RECEIVER', does: 'handles' },
] as const;

type Side = (typeof sides)[number];

/** Compares the code with the operations of the catalog. Services that the code does not name are not judged. */
export function compareWithCatalog(found: FoundUsages, options: CompareOptions): Comparison {
  const { events, catalog, rules } = options;
  const inCode = new Set(found.services.map(({ name }) => name));
  const inCatalog = new Set([...catalog.described, ...catalog.operations.map(({ service }) => service)]);
  const absent = [...inCatalog].filter((name) => !inCode.has(name));
  const byType = new Map(events.map((event) => [event.type, event]));
  const findings: UsageFinding[] = [...unknownServices(found, inCatalog, absent), ...undecidedServices(found)];
  const missing: MissingOperation[] = [];
  const misnamed = new Set(
    found.services
      .filter(({ name }) => !inCatalog.has(name) && nearestWord(name, absent) !== undefined)
      .map(({ name }) => name),
  );
  for (const side of sides) {
    for (const { service, type, first, count } of usesByService(found.usages, side)) {
      const event = byType.get(type);
      if (event === undefined) findings.push(withoutEvent(side, { service, type, first, count }));
      if (event === undefined || event[side.side].includes(service) || misnamed.has(service)) continue;
      missing.push({ service, action: side.action, type });
      findings.push(undeclared(side, service, first, { event, absent, count }));
    }
    // What code does not do is known only if all of the code was read.
    if (found.problems.length === 0) findings.push(...unused(side, found, { catalog, inCode }));
  }
  if (found.problems.length === 0) findings.push(...unhandled(found, byType, inCode));
  missing.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const added = new Set(missing.map(({ service }) => service));
  const unsolved = findings.filter(
    ({ code, about: [name = ''] }) =>
      !(code.endsWith('_UNDECLARED') && byType.has(name)) && !(code === 'SERVICE_UNKNOWN' && added.has(name)),
  );
  return { problems: asProblems(findings, rules), unsolved: asProblems(unsolved, rules), missing };
}

function orderOf({ service, action, type }: MissingOperation): string {
  return `${service} ${action === 'send' ? 0 : 1} ${type}`;
}

interface ServiceUse {
  readonly service: string;
  readonly type: string;
  readonly first: Usage;
  /** Number of places. */
  readonly count: number;
}

/** What each service does with each event, in the order of the first places. */
function usesByService(usages: readonly Usage[], { kind }: Side): ServiceUse[] {
  const own = usages.filter((usage) => usage.kind === kind);
  const pairs = own.flatMap((usage) => usage.services.map((service) => ({ service, usage })));
  const groups = groupBy(pairs, ({ service, usage }) => JSON.stringify([service, usage.type]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { service, usage } = first;
    return [{ service, type: usage.type, first: usage, count: group.length }];
  });
}

function undeclared(
  { word, does, side }: Side,
  service: string,
  { type, how, ...at }: Usage,
  {
    event,
    absent,
    count,
  }: { readonly event: EventModelEntry; readonly absent: readonly string[]; readonly count: number },
): UsageFinding {
  const role = side === 'senders' ? 'sender' : 'receiver';
  const more = moreText(count);
  const alike = nearestWord(
    service,
    event[side].filter((name) => absent.includes(name)),
  );
  const rename =
    alike === undefined
      ? ''
      : `; no code names the ${role} ${alike}: if it is the same service, correct its name there`;
  return {
    code: `${word}_UNDECLARED`,
    file: at.file,
    line: at.line,
    column: at.column,
    message: `${service} ${does} ${type} here (${how})${more}, but the catalog does not list it as a ${role}`,
    hint: `add it to an operation of ${service}: \`hyvve-events usages --write\` does${rename}`,
    about: [type, service],
  };
}

/** An event of an SDK that is of another version than the catalog. */
function withoutEvent({ word, does }: Side, { service, type, first, count }: ServiceUse): UsageFinding {
  const { file, line, column, how } = first;
  return {
    code: `${word}_UNDECLARED`,
    file,
    line,
    column,
    message: `${service} ${does} ${type} here (${how})${moreText(count)}, but the catalog does not have this event`,
    hint: 'the code uses the SDK of another version of the catalog: generate or install it again, then correct the code',
    about: [type, service],
  };
}

function moreText(count: number): string {
  return count === 1 ? '' : `, and at ${count - 1} more ${count === 2 ? 'place' : 'places'}`;
}

function unknownServices(
  { services }: FoundUsages,
  inCatalog: ReadonlySet<string>,
  absent: readonly string[],
): UsageFinding[] {
  const unknown = services.filter(({ name }) => !inCatalog.has(name));
  return unknown.map(({ name, file, line }) => {
    const alike = nearestWord(name, absent);
    return {
      code: 'SERVICE_UNKNOWN',
      file,
      line,
      column: 1,
      message: `the catalog has no service ${name}${alike === undefined ? '' : `; is it ${alike}?`}`,
      hint:
        alike === undefined
          ? 'add its operations to the catalog: `hyvve-events usages --write` does'
          : 'give it the same name in the code and in the catalog',
      about: [name],
    };
  });
}

function undecidedServices({ unnamed }: FoundUsages): UsageFinding[] {
  return unnamed.map((place) => ({
    code: 'SERVICE_UNDECIDED',
    ...place,
    message: 'only the running code decides the name of this service, so its events are compared with nothing',
    hint: 'write the name as a constant',
    about: [],
  }));
}

function unused(
  { action, kind, word, does }: Side,
  { usages, undecided }: FoundUsages,
  { catalog, inCode }: { readonly catalog: CatalogOperations; readonly inCode: ReadonlySet<string> },
): UsageFinding[] {
  // Code of no service, mentions and undecided places may be the missing usage.
  const isPossible = (service: string, type: string) =>
    usages.some(
      (usage) =>
        usage.type === type &&
        (usage.kind === kind || usage.kind === 'mention') &&
        (usage.services.length === 0 || usage.services.includes(service)),
    ) ||
    undecided.some((place) => place.kind === kind && (place.services.length === 0 || place.services.includes(service)));
  return catalog.operations
    .filter((operation) => operation.action === action && inCode.has(operation.service))
    .flatMap(({ service, types, place }) =>
      [...types]
        .filter((type) => !isPossible(service, type))
        .map((type) => ({
          code: `${word}_UNUSED` as const,
          ...place,
          message: `according to the catalog ${service} ${does} ${type}, but its code does not`,
          hint: 'correct the operation, or list the events that it is for in its `messages`',
          about: [type, service],
        })),
    );
}

/** Events that are published, although neither the code nor another service handles them. */
function unhandled(
  { usages, undecided }: FoundUsages,
  byType: ReadonlyMap<string, EventModelEntry>,
  inCode: ReadonlySet<string>,
): UsageFinding[] {
  const handled = new Set(usages.filter(({ kind }) => kind !== 'publish').map(({ type }) => type));
  if (undecided.some(({ kind }) => kind === 'handle')) return [];
  const published = groupBy(
    usages.filter(({ kind }) => kind === 'publish'),
    ({ type }) => type,
  );
  return [...published].flatMap(([type, [first]]) => {
    const receivers = byType.get(type)?.receivers ?? [];
    if (first === undefined || handled.has(type) || receivers.some((service) => !inCode.has(service))) return [];
    return [
      {
        code: 'EVENT_UNHANDLED' as const,
        file: first.file,
        line: first.line,
        column: first.column,
        message: `${type} is published here, but no service handles it`,
        hint: 'add a handler, or remove the publish',
        about: [type],
      },
    ];
  });
}

function asProblems(findings: readonly UsageFinding[], rules: RuleSettings): Problem[] {
  return findings.flatMap(({ about, ...finding }) => {
    const options = optionsOf(rules[finding.code]);
    const severity = options.severity ?? severities[finding.code];
    return severity === 'off' || isExcepted({ about }, options.except) ? [] : [{ ...finding, severity }];
  });
}
