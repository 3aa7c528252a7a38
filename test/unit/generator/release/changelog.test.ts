import { describe, expect, it } from 'vitest';
import { comparableOf } from '../../../../generator/diff/model-file.js';
import type { EventModel } from '../../../../generator/model/event-model.js';
import { releaseSection } from '../../../../generator/release/changelog.js';
import { planRelease } from '../../../../generator/release/plan-release.js';
import { versionedEvent, versionedModel } from '../../../support/catalogs/versioned-model.js';

const modelOf = (hash: string, majors: readonly number[], version = versionedEvent.version): EventModel => ({
  ...versionedModel,
  catalog: { ...versionedModel.catalog, hash },
  events: [{ ...versionedEvent, version, retired: majors.map((major) => ({ major, retired: '2026-11-29' })) }],
});

function sectionOf(before: EventModel, model: EventModel): string {
  const last = { label: 'the last release', recordedAt: '2026-11-29', model: comparableOf(before) };
  const plan = planRelease(comparableOf(model), {
    releases: [last],
    mode: 'backward_transitive',
    sdk: {},
  });
  return releaseSection({ plan, model, date: '2026-11-30', packageName: undefined });
}

const retired = (major: number) =>
  `- \`shop.order.placed\` ${major}.x: its events are refused, and become dead letters \`VERSION_RETIRED\`.\n`;

describe('the section of a release', () => {
  it('lists the versions that were retired since the last release', () => {
    const section = sectionOf(modelOf('a', [1]), modelOf('b', [1, 2]));
    expect(section).toContain(`### Retired\n\n${retired(2)}`);
    expect(section).not.toContain(retired(1));
    expect(section).not.toContain('No event changed.');
    expect(sectionOf(modelOf('a', [1]), modelOf('b', [1]))).toContain('No event changed.');
  });

  it('says once that the version which the release replaces is refused', () => {
    const section = sectionOf(modelOf('a', [], '3.0.0'), modelOf('b', [3], '4.0.0'));
    expect(section.match(/VERSION_RETIRED/g)).toHaveLength(1);
  });
});
