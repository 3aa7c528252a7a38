import { CloseButton, Drawer, Modal, type ModalRootProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface DialogProps extends Pick<ModalRootProps, 'opened' | 'onClose'> {
  readonly label: string;
  /** `side`: slides in from the left. `sheet`: from the right, wide. `bare`: without title and padding. */
  readonly kind?: 'plain' | 'side' | 'sheet' | 'bare';
  /** True: Escape and a click outside do not close it, because typed text would be lost. Default false. */
  readonly hasUnsavedChanges?: boolean;
  readonly children: ReactNode;
}

/** A dialog with a name. The library's title is a `header` element, which would be a second banner of the page. */
export function Dialog({ opened, onClose, label, kind = 'plain', hasUnsavedChanges = false, children }: DialogProps) {
  const Parts = kind === 'side' || kind === 'sheet' ? Drawer : Modal;
  const size = { plain: 'md', side: 300, sheet: 'min(760px, 100vw)', bare: 'lg' }[kind];
  return (
    <Parts.Root
      opened={opened}
      onClose={onClose}
      size={size}
      closeOnEscape={!hasUnsavedChanges}
      closeOnClickOutside={!hasUnsavedChanges}
      {...(kind === 'bare' ? { yOffset: '10vh' } : {})}
      {...(kind === 'sheet' ? { position: 'right' } : {})}
      transitionProps={{ duration: 0 }}
    >
      <Parts.Overlay />
      <Parts.Content aria-label={label}>
        <Parts.Body p={kind === 'bare' ? 0 : 'md'}>
          {kind !== 'bare' && (
            <div className="dialog-head">
              <h2>{label}</h2>
              <CloseButton onClick={onClose} aria-label="Close" />
            </div>
          )}
          {children}
        </Parts.Body>
      </Parts.Content>
    </Parts.Root>
  );
}
