import '@xyflow/react/dist/base.css';
import { Select, useComputedColorScheme } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { Controls, type Edge, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import { useMemo, useState } from 'react';
import { useDocs } from '../../../api/queries/catalog.js';
import { withPart } from '../../../ui/address-filter.js';
import { Download } from '../../../ui/download.js';
import { Page } from '../../../ui/page.js';
import { type Box, type FlowLayout, layoutFlow, mostEvents } from '../map/layout.js';
import { flowSvg } from '../map/svg.js';

const route = getRouteApi('/map');

type BoxNode = Node<{ readonly box: Box; readonly state: 'plain' | 'lit' | 'dim' }, 'box'>;

const nodeTypes = { box: BoxView };

/** Sending services, their events, and receiving services as a map. */
export function FlowMap() {
  const { catalog } = useDocs();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const layout = useMemo(() => layoutFlow(catalog, filter), [catalog, filter]);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const change = (part: typeof filter) => void navigate({ search: withPart(filter, part), replace: true });
  const select = (label: string, key: 'domain' | 'service', names: readonly string[]) => (
    <Select
      label={label}
      placeholder="All"
      clearable
      searchable
      data={[...names]}
      value={filter[key] ?? null}
      clearButtonProps={{ 'aria-label': `All ${key}s` }}
      onChange={(value) => change({ [key]: value ?? '' })}
    />
  );
  return (
    <Page
      title="Flow map"
      aside={<Download name="flow-map.svg" kind="image/svg+xml" text={() => flowSvg(layout)} label="SVG" />}
    >
      <div className="filters">
        {select(
          'Domain',
          'domain',
          catalog.model.domains.map(({ name }) => name),
        )}
        {select(
          'Service',
          'service',
          catalog.model.services.map(({ name }) => name),
        )}
        <p className="filters-note" role="status">
          {layout.isByDomain &&
            `More than ${mostEvents} events: the map shows domains. Select a domain to see its events. `}
          {layout.lines.length} connections
        </p>
      </div>
      {layout.boxes.length === 0 ? (
        <p className="empty">No events match these filters. Remove a filter.</p>
      ) : (
        <Canvas layout={layout} scheme={scheme} key={`${filter.domain} ${filter.service}`} />
      )}
    </Page>
  );
}

function Canvas({ layout, scheme }: { readonly layout: FlowLayout; readonly scheme: 'light' | 'dark' }) {
  const [over, setOver] = useState<string>();
  const navigate = route.useNavigate();
  const { nodes, edges } = useMemo(() => graphOf(layout, over), [layout, over]);
  const open = ({ kind, name }: Box) => {
    if (kind === 'event') void navigate({ to: '/events/$type', params: { type: name } });
    else if (kind === 'domain') void navigate({ search: (before) => ({ ...before, domain: name }) });
    else void navigate({ to: '/services/$name', params: { name } });
  };
  // The top of a long map is shown at a readable size.
  const zoom = Math.min(1, Math.max(0.5, (window.innerWidth - 340) / (layout.width + 60)));
  return (
    <div className="map">
      <ReactFlow<BoxNode, Edge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={scheme}
        minZoom={0.08}
        maxZoom={2}
        defaultViewport={{ x: 20, y: 20, zoom }}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        onlyRenderVisibleElements
        onNodeMouseEnter={(_event, node) => setOver(node.id)}
        onNodeMouseLeave={() => setOver(undefined)}
        onNodeClick={(_event, node) => open(node.data.box)}
        onKeyDown={(event) => {
          const id = (event.target as HTMLElement).closest('[data-id]')?.getAttribute('data-id');
          const box = layout.boxes.find((one) => one.id === id);
          if (event.key === 'Enter' && box !== undefined) open(box);
        }}
        panOnScroll
        aria-label="Flow map; Tab moves from box to box, Enter opens one"
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

/** The nodes and edges for the library. Boxes connected to the box under the pointer are highlighted, the others dimmed. */
function graphOf({ boxes, lines }: FlowLayout, over: string | undefined) {
  const joined = lines.filter(({ from, to }) => from === over || to === over);
  const lit = new Set([over, ...joined.flatMap(({ from, to }) => [from, to])]);
  const nodes = boxes.map((box): BoxNode => {
    const state = over === undefined ? 'plain' : lit.has(box.id) ? 'lit' : 'dim';
    return {
      id: box.id,
      type: 'box',
      position: { x: box.x, y: box.y },
      data: { box, state },
      width: box.width,
      height: box.height,
      ariaLabel: `${box.kind} ${box.label}`,
    };
  });
  const edges = lines.map(({ id, from, to }): Edge => {
    const isLit = from === over || to === over;
    const className = over === undefined ? 'line' : isLit ? 'line lit' : 'line dim';
    return { id, source: from, target: to, className, focusable: false };
  });
  return { nodes, edges };
}

function BoxView({ data: { box, state } }: NodeProps<BoxNode>) {
  return (
    <div className={`box ${box.kind} ${state}`} title={box.label}>
      {box.kind !== 'sender' && <Handle type="target" position={Position.Left} isConnectable={false} />}
      <span>{box.label}</span>
      {box.kind !== 'receiver' && <Handle type="source" position={Position.Right} isConnectable={false} />}
    </div>
  );
}
