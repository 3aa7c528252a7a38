import '../records.css';
import '../overview.css';
import { Skeleton } from '@mantine/core';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { useStats } from '../../../api/queries/statistics.js';
import { Freshness } from '../../../ui/freshness.js';
import { Page, Section } from '../../../ui/page.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { BusiestTypes } from '../overview/busiest-types.js';
import { Figures } from '../overview/figures.js';
import { Groups } from '../overview/groups.js';
import { Notices } from '../overview/notices.js';
import { Processes } from '../overview/processes.js';
import { Throughput } from '../overview/throughput.js';

/** Live figures of the whole system. */
export function OpsOverview() {
  const { tenantId } = useSignedInUser();
  return <Page title="Overview">{tenantId === undefined ? <Everything /> : <OneTenant tenantId={tenantId} />}</Page>;
}

function Everything() {
  const { stats, at, problem, refresh } = useStats();
  if (stats === undefined) {
    if (problem !== undefined) return <QueryProblem query={{ error: new Error(problem), refetch: refresh }} />;
    return (
      <div aria-busy="true">
        <p className="visually-hidden" role="status">
          Loading
        </p>
        <Skeleton height={112} mb={36} />
        <Skeleton height={300} />
      </div>
    );
  }
  return (
    <>
      <Freshness at={at} problem={problem} />
      <Notices stats={stats} />
      <Figures stats={stats} />
      <Throughput stats={stats} />
      <Section title="Busiest types" note={<span className="muted">24 hours</span>}>
        <BusiestTypes byType={stats.throughput.byType} />
      </Section>
      <Section title="Groups">
        <Groups stats={stats} />
      </Section>
      <Section title="Processes">
        <Processes />
      </Section>
    </>
  );
}

function OneTenant({ tenantId }: { readonly tenantId: string }) {
  return (
    <p className="empty">
      Figures span all tenants, and your token is bound to {tenantId}. Dead letters, events, replays and the audit show
      the data of this tenant.
    </p>
  );
}
