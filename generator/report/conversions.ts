import type { UpcastStep } from '../model/event-model.js';

/** A conversion, as it is shown to people. */
export interface ShownConversion {
  /** `v1ToV2`. */
  readonly name: string;
  readonly version: { readonly version: string };
  readonly next: { readonly version: string } | undefined;
  readonly event: { readonly type: string; readonly version: string };
  readonly word: string | undefined;
  readonly kind: string;
  readonly derivation: {
    readonly steps: readonly UpcastStep[];
    readonly obstacles: readonly string[];
    readonly reworded: readonly string[];
  };
}

/** A table with the derivable steps of a conversion, and what prevents it from being derived. */
export function conversionLines({ name, version, next, event, word, kind, derivation }: ShownConversion): string[] {
  const { steps, obstacles, reworded } = derivation;
  const said = word === undefined ? 'no x-upcast' : `x-upcast: ${word}`;
  const how = word === kind || word === undefined ? '' : `, converted by ${kind}`;
  const rows = steps.map((step) => {
    const note = reworded.includes(step.name) ? ' (its description changed: does it mean the same?)' : '';
    return [step.name, stepText(step) + note] as const;
  });
  const width = Math.max(0, ...rows.map(([property]) => property.length));
  return [
    `${event.type} ${version.version} → ${next?.version ?? event.version} (${name}, ${said}${how})`,
    ...rows.map(([property, text]) => `  ${property.padEnd(width)}  ${text}`),
    ...(obstacles.length === 0 ? [] : ['  Not derivable:', ...obstacles.map((why) => `  - ${why}`)]),
    '',
  ];
}

function stepText(step: UpcastStep): string {
  if (step.do === 'drop') return 'dropped';
  if (step.do === 'set') return `set to ${JSON.stringify(step.value)}`;
  const otherwise = step.default === undefined ? '' : `, ${JSON.stringify(step.default)} where it is absent`;
  return `${step.do === 'rename' ? `from ${step.from}` : 'copied'}${otherwise}`;
}
