import { useChanges } from '../../../api/queries/catalog.js';
import { Page, Section } from '../../../ui/page.js';
import { Time } from '../../../ui/time.js';
import { ChangeList } from '../parts/change-list.js';

/** Every release with its changes. */
export function Changes() {
  const changes = useChanges();
  return (
    <Page title="Changes">
      <p className="lead">Changes of events by release, and whether they break consumers or producers.</p>
      {changes === undefined ? (
        <p className="empty">
          No history yet. <code>hyvve-events diff --record</code> records a release; later changes are listed here.
        </p>
      ) : (
        <>
          <Section title="Not released yet">
            <ChangeList events={changes.unreleased} empty="Nothing has changed since the last release." />
          </Section>
          {changes.releases.map(({ version, recordedAt, events }) => (
            <Section key={version} title={version} note={<Time iso={recordedAt} />}>
              <ChangeList events={events} empty="No event changed in this release." />
            </Section>
          ))}
        </>
      )}
    </Page>
  );
}
