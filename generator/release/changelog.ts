import type { ChangeDetail, EventChange } from '../diff/change.js';
import type { EventModel, EventModelEntry, OlderVersionModel, UpcastStep } from '../model/event-model.js';
import { handlersName } from '../print/modules.js';
import { count } from '../report/count.js';
import { majorOf } from '../support/versions.js';
import { packageBump, type ReleasePlan } from './plan-release.js';

/** What a section of the changelog describes. */
export interface SectionContent {
  readonly plan: ReleasePlan;
  /** The model with the versions of the release. */
  readonly model: EventModel;
  /** ISO date. */
  readonly date: string;
  /** Name of the SDK's package; undefined if the SDK is not a package. */
  readonly packageName: string | undefined;
}

const title = `# Changelog of the events

Written by \`hyvve-events release\`: which events changed, and what publishers and consumers must do.
`;

/** Adds the section of a release to the text of a changelog. A section of the same version is replaced. */
export function withSection(changelog: string | undefined, section: string): string {
  const text = changelog ?? title;
  const [heading = ''] = section.split(' (', 1);
  const sections = text.split(/^(?=## )/m);
  const [head = title] = /^## /.test(sections[0] ?? '') ? [title] : sections.splice(0, 1);
  const others = sections.filter((each) => each.split(' (', 1)[0]?.trim() !== heading);
  return [head.trimEnd(), section.trimEnd(), ...others.map((each) => each.trimEnd())].join('\n\n').concat('\n');
}

/** The section of a release: its heading, then the events by what their change means. */
export function releaseSection({ plan, model, date, packageName }: SectionContent): string {
  const version = plan.package === undefined ? '' : `SDK: \`${packageName}\` ${plan.package.to}\n`;
  const heading = `## ${plan.catalog.to} (${date})\n`;
  if (plan.last === undefined) {
    const events = model.events.filter(({ reply }) => !reply);
    const first = `The first recorded version, with ${count(events.length, 'event')}.\n`;
    return [heading, version, first].filter(Boolean).join('\n');
  }
  const of = (isPart: (change: EventChange) => boolean) => plan.changes.filter(isPart);
  const parts: readonly (readonly [heading: string, changes: readonly EventChange[]])[] = [
    ['Breaking', of(isBreaking)],
    ['Changed', of((change) => change.kind === 'changed' && !isBreaking(change))],
    ['Added', of(({ kind }) => kind === 'added')],
  ];
  const texts = parts.flatMap(([name, changes]) => {
    if (changes.length === 0) return [];
    return [`### ${name}\n`, ...changes.map((change) => eventText(change, model))];
  });
  const retired = retiredTexts(plan, model);
  const none = plan.isConversionOnly
    ? ['The written conversions of older data changed.\n', `- ${conversionAdvice}\n`]
    : texts.length + retired.length === 0
      ? ['No event changed.\n']
      : [];
  return [heading, version, ...none, ...texts, ...retired].filter(Boolean).join('\n');
}

const conversionAdvice =
  '**Consumers**: deploy this version. If the former conversion was wrong, retry its dead letters `UPCAST_FAILED`, and replay the events that it converted.';

/** The older major versions that the SDK no longer reads since the last release. */
function retiredTexts({ last, changes }: ReleasePlan, model: EventModel): string[] {
  const before = new Map(last?.model.events.map(({ type, retired = [] }) => [type, retired.map(({ major }) => major)]));
  // The conversion of a version that this release replaces is described with the change.
  const replaced = new Map(changes.map(({ type, from = '' }) => [type, majorOf(from)]));
  const found = model.events.flatMap(({ type, retired = [] }) =>
    retired
      .filter(({ major }) => before.get(type)?.includes(major) !== true && replaced.get(type) !== major)
      .map(
        ({ major }) => `- \`${type}\` ${major}.x: its events are refused, and become dead letters \`VERSION_RETIRED\`.`,
      ),
  );
  return found.length === 0 ? [] : ['### Retired\n', `${found.join('\n')}\n`];
}

/** Whether code that uses the SDK may no longer compile, or the change needs an order of deployment. */
function isBreaking(change: EventChange): boolean {
  return packageBump(change) === 'major';
}

function eventText(change: EventChange, model: EventModel): string {
  const { type, kind, from, to } = change;
  const versions = from === undefined || to === undefined || from === to ? (to ?? from) : `${from} → ${to}`;
  const event = model.events.find((each) => each.type === type);
  const details = change.changes.filter(({ code }) => !noise.includes(code) && kind === 'changed').map(detailText);
  return [
    `#### \`${type}\` ${versions}\n`,
    ...(kind === 'added' && event?.summary !== undefined ? [`${event.summary}\n`] : []),
    ...[...details, ...adviceOf(change, event, model)].map((line) => `- ${line}`),
    '',
  ].join('\n');
}

/** Changes that the heading shows. */
const noise: readonly string[] = ['VERSION_RAISED', 'VERSION_LOWERED'];

function detailText({ code, path, message }: ChangeDetail): string {
  return `${code}${path === undefined ? '' : ` \`${path}\``}: ${message}`;
}

/** What publishers and consumers must do. */
function adviceOf(change: EventChange, event: EventModelEntry | undefined, model: EventModel): string[] {
  const { kind, changes, isAnnounced, from = '', to = '' } = change;
  if (kind === 'removed') {
    return [
      '**Publishers**: stop publishing it before you install this version.',
      '**Consumers**: install this version when no event of this type waits any more; then remove the handlers.',
    ];
  }
  const domain = model.domains.find(({ name }) => name === change.domain);
  if (kind === 'added') {
    const all = domain === undefined ? 'the handlers' : `\`${handlersName(domain)}\``;
    return [`**Consumers**: a class that implements all of ${all} needs \`${event?.handler ?? ''}\`.`];
  }
  const has = (code: string) => changes.some((each) => each.code === code);
  return [
    ...(has('KEY_CHANGED') ? ['**All**: rename the imports; the compiler reports every place.'] : []),
    ...(has('EVENT_DEPRECATED') ? ['**All**: stop using it; it will be removed.'] : []),
    ...(isAnnounced ? majorAdvice(event, from, to) : minorAdvice(change, has('PROPERTY_ADDED'))),
  ];
}

function majorAdvice(event: EventModelEntry | undefined, from: string, to: string): string[] {
  const step = event?.older?.find(({ major }) => major === majorOf(from));
  return [
    conversionText(step, from),
    `**Consumers**: deploy this version first. Handlers receive ${to} only.`,
    `**Publishers**: deploy it after all consumers (\`hyvve-events rollout\`). A consumer with an older SDK lets events of ${to} wait.`,
  ];
}

function conversionText(step: OlderVersionModel | undefined, from: string): string {
  if (step === undefined) {
    return `**Conversion**: none. Events of ${from} are refused: they become dead letters \`VERSION_RETIRED\`.`;
  }
  if (step.derived === undefined) {
    return `**Conversion** of ${from}: the function \`${step.step}\` of the SDK converts the data when it is read.`;
  }
  const steps = step.derived.map(stepText).filter((text) => text !== undefined);
  const how = steps.length === 0 ? 'the data is unchanged' : steps.join('; ');
  return `**Conversion** of ${from}, when it is read: ${how}.`;
}

/** A step of a derived conversion; undefined if it only copies a property. */
function stepText(step: UpcastStep): string | undefined {
  if (step.do === 'drop') return `\`${step.name}\` is dropped`;
  if (step.do === 'set') return `\`${step.name}\` is ${valueText(step.value)}`;
  const otherwise = step.default === undefined ? undefined : `${valueText(step.default)} where it is absent`;
  if (step.do === 'keep') return otherwise === undefined ? undefined : `\`${step.name}\` is ${otherwise}`;
  const renamed = `\`${step.name}\` is the former \`${step.from}\``;
  return otherwise === undefined ? renamed : `${renamed}, ${otherwise}`;
}

function valueText(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function minorAdvice(change: EventChange, hasProperty: boolean): string[] {
  if (change.against.length > 0) {
    return [
      ...(isBreaking(change)
        ? ['**Consumers**: the types in the handlers change; the compiler reports the places.']
        : []),
      '**Consumers**: deploy this version first. A consumer with an older SDK lets events wait whose data it cannot read.',
    ];
  }
  return hasProperty ? ['**Consumers**: nothing to do; an older SDK ignores the new property.'] : [];
}
