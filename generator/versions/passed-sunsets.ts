import type { BuiltModel } from '../build/build-model.js';
import type { EventModel } from '../model/event-model.js';
import { pointerOf } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';

/** Warnings for older versions that are still read although their sunset has passed. */
export function passedSunsets({ events }: EventModel, placeOf: BuiltModel['placeOf'], now: Date): Problem[] {
  const today = now.toISOString().slice(0, 10);
  return events.flatMap(({ type, source, older = [] }) =>
    older.flatMap(({ major, version, sunset }): Problem[] => {
      if (sunset === undefined || sunset >= today) return [];
      const place = placeOf(source, pointerOf(['x-versions', String(major), 'sunset']));
      const message = `the sunset of ${type} ${version} was ${sunset}, and the SDK still reads it`;
      const hint = `check that it is not used any more, then write \`retired\` with the date; or move \`sunset\``;
      return [{ code: 'VERSION_SUNSET_PASSED', severity: 'warning', ...place, message, hint }];
    }),
  );
}
