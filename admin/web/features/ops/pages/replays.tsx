import '../records.css';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { Page, Section } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { ReplayList } from '../replays/replay-list.js';
import { StartReplay } from '../replays/start-replay.js';

/** Starts replays and lists the past ones. */
export function OpsReplays() {
  const user = useSignedInUser();
  const [hints] = useFilters(['from', 'to', 'type', 'tenantId']);
  return (
    <Page title="Replays">
      <p className="lead">A replay delivers the events of a time range to handlers again. Live events have priority.</p>
      <StartReplay user={user} hints={hints} key={JSON.stringify(hints)} />
      <Section title="History">
        <ReplayList />
      </Section>
    </Page>
  );
}
