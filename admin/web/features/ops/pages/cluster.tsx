import '../records.css';
import '../overview.css';
import '../cluster.css';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { clusterQuery } from '../../../api/queries/cluster.js';
import { useSignedInUser } from '../../../api/queries/identity.js';
import { Freshness } from '../../../ui/freshness.js';
import { Page, Section } from '../../../ui/page.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { AwayNotice } from '../cluster/away-notice.js';
import { BusyKeys } from '../cluster/busy-keys.js';
import { GroupLags } from '../cluster/group-lags.js';
import { GrowthNotice, Growths, InheritingGroups } from '../cluster/growth.js';
import { PartitionTable } from '../cluster/partition-table.js';
import { ServerTable } from '../cluster/server-table.js';

/** The servers and the partitions, and what each group has left to do in them. */
export function OpsCluster() {
  const { tenantId } = useSignedInUser();
  return (
    <Page title="Cluster">
      <p className="lead">
        Where the events are stored, how much memory each server has left, and how far each group has come in each
        partition.
      </p>
      {tenantId === undefined ? (
        <Everything />
      ) : (
        <p className="empty">These figures span all tenants, and your token is bound to {tenantId}.</p>
      )}
    </Page>
  );
}

function Everything() {
  const query = useQuery(clusterQuery);
  const { data, error, dataUpdatedAt } = query;
  if (data === undefined) {
    return error === null ? <Skeleton height={320} aria-busy /> : <QueryProblem query={query} />;
  }
  return (
    <>
      <Freshness at={dataUpdatedAt} problem={error?.message} />
      <AwayNotice cluster={data} />
      <GrowthNotice cluster={data} />
      <Section title={data.servers.length === 1 ? 'Server' : 'Masters'}>
        <ServerTable cluster={data} />
      </Section>
      <Section title="Partitions">
        <Growths cluster={data} />
        <PartitionTable cluster={data} />
      </Section>
      <Section title="Groups">
        <GroupLags cluster={data} />
      </Section>
      {data.inheriting.length > 0 && (
        <Section title="Groups that wait after a growth">
          <InheritingGroups cluster={data} />
        </Section>
      )}
      {data.keyQueues.length > 0 && (
        <Section title="Keys with waiting events">
          <BusyKeys cluster={data} />
        </Section>
      )}
    </>
  );
}
