import '../records.css';
import '../dead-letters.css';
import '../parked.css';
import { FilterText } from '../../../ui/filter-text.js';
import { Page } from '../../../ui/page.js';
import { useFilters } from '../../../ui/use-address-filter.js';
import { parkedFilterNames } from '../parked/parked-filter.js';
import { ParkedList } from '../parked/parked-list.js';

/** Deliveries that wait for a build that can read their version. The address holds the group. */
export function OpsParked() {
  const [{ group }, change] = useFilters(parkedFilterNames);
  return (
    <Page title="Parked deliveries">
      <p className="lead">
        An event that is newer than the build that read it waits: it is not lost, and counts as no run. The first build
        that knows its version handles it, once. What no build has taken after 7 days, or{' '}
        <code>maintenance.maxParkMs</code>, is a dead letter.
      </p>
      <div className="filters">
        <FilterText label="Group" value={group} onChange={(value) => change({ group: value })} />
      </div>
      <ParkedList group={group} />
    </Page>
  );
}
