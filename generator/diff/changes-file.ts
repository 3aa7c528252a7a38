import type { ChangesFile, ReleaseChanges } from '@hyvve-events/catalog-model';
import type { EmittedFile } from '../output/emitted-file.js';
import { type ComparableModel, compareModels } from './compare-models.js';
import type { Release } from './history.js';

/** `changes.json`, which lists the changes of each release. Empty without a history. */
export function changesFile(history: readonly Release[], model: ComparableModel): EmittedFile[] {
  const last = history.at(-1);
  if (last === undefined) return [];
  const releases = history.map(({ recordedAt, model: { catalog }, model: now }, index): ReleaseChanges => {
    const before = history[index - 1];
    const events = before === undefined ? [] : compareModels(before.model, now).events;
    return { version: catalog.version, recordedAt, hash: catalog.hash, events };
  });
  const content: ChangesFile = {
    changesVersion: 1,
    unreleased: compareModels(last.model, model).events,
    releases: releases.reverse(),
  };
  const json = JSON.stringify(content, undefined, 2);
  // The bracket is on a separate line, so that a new event does not change an existing line.
  return [{ path: 'changes.json', text: `${json.replace('"unreleased": [],', '"unreleased": [\n  ],')}\n` }];
}
