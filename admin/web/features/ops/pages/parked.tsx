import '../records.css';
import '../dead-letters.css';
import '../parked.css';
import { FilterText } from '../../../ui/filter-text.js';
import { Page } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { parkedFilterNames } from '../parked/parked-filter.js';
import { ParkedList } from '../parked/parked-list.js';

/** Deliveries that wait for a build that can read their version. The address contains the group. */
export function OpsParked() {
  const [{ group }, change] = useFilters(parkedFilterNames);
  return (
    <Page title="Parked deliveries">
      <p className="lead">
        An event that is newer than the build that read it is parked: it waits, is not lost, and the wait is not counted
        as a run. The first build that knows its version handles it. If no build has handled it after 7 days (
        <code>maintenance.maxParkMs</code>), it becomes a dead letter.
      </p>
      <div className="filters">
        <FilterText label="Group" value={group} onChange={(value) => change({ group: value })} />
      </div>
      <ParkedList group={group} />
    </Page>
  );
}
