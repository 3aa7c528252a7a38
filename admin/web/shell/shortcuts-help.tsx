import { Kbd } from '@mantine/core';
import { Dialog } from '../ui/dialog.js';
import type { goToOf } from './shortcuts.js';

interface HelpProps {
  readonly pages: ReturnType<typeof goToOf>;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Lists the keyboard shortcuts. */
export function ShortcutsHelp({ pages, opened, onClose }: HelpProps) {
  return (
    <Dialog opened={opened} onClose={onClose} label="Keyboard shortcuts">
      <dl className="shortcuts">
        <div>
          <dt>
            <Kbd>Ctrl</Kbd> <Kbd>K</Kbd> or <Kbd>/</Kbd>
          </dt>
          <dd>Search</dd>
        </div>
        {pages.map(([letter, , label]) => (
          <div key={letter}>
            <dt>
              <Kbd>g</Kbd> <Kbd>{letter}</Kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
        <div>
          <dt>
            <Kbd>?</Kbd>
          </dt>
          <dd>This list</dd>
        </div>
      </dl>
    </Dialog>
  );
}
