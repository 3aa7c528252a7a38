import '@xyflow/react/dist/base.css';
import './trace.css';
import { useComputedColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import {
  Controls,
  type Edge,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import { type KeyboardEvent, useMemo, useRef } from 'react';
import { formatDuration } from '../../../ui/format-duration.js';
import { StatusBadge } from '../../../ui/status-badge.js';
import { boxSize, type Direction, layoutTrace, neighbourOf, type TraceBox, type TraceLayout } from './layout.js';
import type { ShownEvent } from './shown-event.js';
import { hasFailed } from './tree.js';

type BoxNode = Node<{ readonly event: ShownEvent }, 'event'>;

const nodeTypes = { event: BoxView };
const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
/** Number of frames to wait until a box that comes into view is rendered. */
const mostFrames = 20;

/** Causes and effects as boxes and lines. Arrow keys move along the lines. */
export function TraceGraph({ events }: { readonly events: readonly ShownEvent[] }) {
  const layout = useMemo(() => layoutTrace(events), [events]);
  return (
    <ReactFlowProvider>
      <Canvas layout={layout} />
    </ReactFlowProvider>
  );
}

function Canvas({ layout }: { readonly layout: TraceLayout<ShownEvent> }) {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const navigate = useNavigate();
  const place = useRef<HTMLDivElement>(null);
  const goTo = useFocusBox(place);
  const { nodes, edges } = useMemo(() => graphOf(layout), [layout]);
  const open = (id: string) => void navigate({ to: '/ops/events/$id', params: { id } });
  const onKey = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).closest('[data-id]')?.getAttribute('data-id');
    if (id === null || id === undefined) return;
    const direction = arrows[event.key];
    if (event.key === 'Enter') open(id);
    else if (direction !== undefined) {
      event.preventDefault();
      const next = neighbourOf(layout, id, direction);
      if (next !== undefined) goTo(next);
    }
  };
  const isLarge = layout.boxes.length > 30;
  return (
    <div className="map trace-graph" ref={place} style={{ height: Math.min(640, Math.max(240, layout.height + 60)) }}>
      <ReactFlow<BoxNode, Edge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={scheme}
        minZoom={0.08}
        maxZoom={2}
        defaultViewport={{ x: 20, y: 20, zoom: window.innerWidth < 821 ? 0.8 : 1 }}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        onlyRenderVisibleElements={isLarge}
        onNodeClick={(_event, node) => open(node.id)}
        onKeyDownCapture={onKey}
        panOnScroll
        preventScrolling={isLarge}
        aria-label="Trace as a graph: arrow keys move from event to event, Enter opens one. The timeline shows the same as a list."
      >
        <Controls showInteractive={false} />
        {isLarge && (
          <MiniMap<BoxNode>
            pannable
            zoomable
            ariaLabel="Overview of the whole trace"
            nodeClassName={({ data }) => (hasFailed(data.event) ? 'failed' : '')}
          />
        )}
      </ReactFlow>
    </div>
  );
}

/** Brings a box into view and gives it the focus. A box is only rendered while it is in view. */
function useFocusBox(place: { readonly current: HTMLElement | null }): (box: TraceBox<ShownEvent>) => void {
  const flow = useReactFlow();
  return ({ event: { id }, x, y }) => {
    const find = () => place.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
    const focus = (frames: number) => {
      const box = find();
      if (box !== undefined && box !== null) box.focus({ preventScroll: true });
      else if (frames > 0) requestAnimationFrame(() => focus(frames - 1));
    };
    const { zoom } = flow.getViewport();
    void flow.setCenter(x + boxSize.width / 2, y + boxSize.height / 2, { zoom });
    focus(mostFrames);
  };
}

/** The nodes and edges for the library. */
function graphOf({ boxes, lines }: TraceLayout<ShownEvent>) {
  const nodes = boxes.map(({ event, x, y }): BoxNode => {
    const { id, type, source, status, offsetMs } = event;
    const label = [
      type,
      status === 'DLQ' ? 'dead' : status.toLowerCase(),
      `from ${source}`,
      `after ${formatDuration(offsetMs)}`,
    ];
    return { id, type: 'event', position: { x, y }, data: { event }, ...boxSize, ariaLabel: label.join(', ') };
  });
  const edges = lines.map(({ from, to }): Edge => {
    return { id: `${from} > ${to}`, source: from, target: to, type: 'smoothstep', className: 'line', focusable: false };
  });
  return { nodes, edges };
}

function BoxView({ data: { event } }: NodeProps<BoxNode>) {
  const { type, source, status, offsetMs } = event;
  return (
    <div className={`box trace-box${hasFailed(event) ? ' failed' : ''}`} title={`${type} · ${source}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <span className="mono">{type}</span>
      <span className="trace-box-facts">
        <StatusBadge status={status} /> <span className="trace-box-source">{source}</span>
        <span className="trace-box-time">+{formatDuration(offsetMs)}</span>
      </span>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}
