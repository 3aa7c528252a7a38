import { Button, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';

interface ConfirmNumberProps {
  /** How many items will be changed; this number has to be typed. */
  readonly number: number;
  /** Label of the button that confirms. */
  readonly action: string;
  /** Label of the button that cancels. */
  readonly cancel: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  /** The error of the last try, if it was refused. */
  readonly problem: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** Describes what will be done. */
  readonly children: ReactNode;
}

/** Confirmation of a large action: the user has to type how many items it will change. */
export function ConfirmNumber({ number, action, cancel, danger = false, ...rest }: ConfirmNumberProps) {
  const { busy, problem, onConfirm, onClose, children } = rest;
  const [typed, setTyped] = useState('');
  const isTyped = typed.trim() === String(number);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isTyped && !busy) onConfirm();
  };
  return (
    <form onSubmit={submit}>
      {children}
      <TextInput
        label={`Type ${number} to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        inputMode="numeric"
        data-autofocus
      />
      {problem}
      <div className="confirm-actions">
        <Button type="submit" className={danger ? 'danger' : ''} disabled={!isTyped} loading={busy}>
          {action}
        </Button>
        <Button variant="default" onClick={onClose}>
          {cancel}
        </Button>
      </div>
    </form>
  );
}
