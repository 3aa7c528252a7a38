import type { EventModelEntry, UpcastKind, UpcastStep } from '../model/event-model.js';
import { majorOf } from '../support/versions.js';
import { type Derivation, deriveSteps, keepAll, obstaclesToSame } from './derive-steps.js';
import type { FormerVersion, VersionedPayload } from './former-versions.js';

/** The text of the file with the written conversions of each domain that has one, by the domain's name. */
export type UpcasterTexts = ReadonlyMap<string, string>;

/** How data of one older version becomes data of the next. */
export interface StepPlan {
  readonly event: EventModelEntry;
  readonly version: FormerVersion;
  /** The next older version; undefined for the step to the present one. */
  readonly next: FormerVersion | undefined;
  /** `v1ToV2`. */
  readonly name: string;
  /** The catalog's word, or the one that was released with the next version. */
  readonly word: UpcastKind | undefined;
  /** How it is converted. */
  readonly kind: UpcastKind;
  /** The steps of a derived conversion. */
  readonly derived: readonly UpcastStep[] | undefined;
  /** What the schemas say, whatever the word is. */
  readonly derivation: Derivation;
  /** Why data of the older version is not data of the next one unchanged. Empty if it is. */
  readonly whyNotSame: () => readonly string[];
  /** Why the conversion is missing; undefined if it is there. */
  readonly missing: string | undefined;
}

export interface StepContext {
  readonly event: EventModelEntry;
  readonly version: FormerVersion;
  readonly next: FormerVersion | undefined;
  /** The payload of the present version. */
  readonly present: VersionedPayload;
  readonly upcasters: UpcasterTexts;
  /** Whether `x-upcast` of the event says for which major version it is. */
  readonly namesMajor: boolean;
}

/** Decides how one older version is converted. */
export function stepPlanOf(context: StepContext): StepPlan {
  const { event, version, next, present, upcasters } = context;
  const to = next?.payload ?? present;
  const released = releasedWord(context);
  const word = next === undefined ? (released === undefined ? event.upcast : undefined) : next.upcast;
  const derivation = deriveSteps(version.payload, to);
  const name = `v${version.major}ToV${next?.major ?? majorOf(event.version)}`;
  const whyNotSame = () => obstaclesToSame(version.payload, to);
  const plan = { event, version, next, name, word, derivation, whyNotSame };
  const hasFile = upcasters.has(event.domain);
  const code = (why: string): StepPlan => {
    return { ...plan, kind: 'code', derived: undefined, missing: hasFile ? undefined : why };
  };
  const obstacles = word === 'same' ? whyNotSame() : derivation.obstacles;
  if (word === 'same' && obstacles.length === 0) {
    return { ...plan, kind: 'same', derived: keepAll(to), missing: undefined };
  }
  if (word === 'derive' && obstacles.length === 0) {
    return { ...plan, kind: 'derive', derived: derivation.steps, missing: undefined };
  }
  if (word === 'code') return code('its conversion is not written');
  // The word of a release cannot be changed any more: its step can still be written.
  if (next !== undefined) {
    return code(word === undefined ? 'its release does not say how it is converted' : obstacles.join('; '));
  }
  const silent = released ?? 'the catalog does not say how they are converted';
  const missing = word === undefined ? silent : obstacles.join('; ');
  return { ...plan, kind: word ?? 'code', derived: undefined, missing };
}

/**
 * Why the catalog's word is for the version before; undefined if it may be for the present one. A word that stayed in the catalog must
 * not decide about another change. `code` always needs a function for this step.
 */
function releasedWord({ event, version, next, namesMajor }: StepContext): string | undefined {
  const { upcast } = event;
  if (next !== undefined || namesMajor || upcast === undefined || upcast === 'code') return undefined;
  if (version.upcast === undefined) return undefined;
  const major = majorOf(event.version);
  return `\`x-upcast\` was released with ${version.version}: for this version it must be \`{ "${major}": ${upcast} }\``;
}
