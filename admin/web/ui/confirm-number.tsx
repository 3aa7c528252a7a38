import { Button, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';

interface ConfirmNumberProps {
  /** What has to be typed: how much will be changed. */
  readonly number: number;
  /** The button that goes ahead, and the one that does not. */
  readonly action: string;
  readonly otherwise: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  /** Why it was refused, if it was. */
  readonly problem: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What will be done. */
  readonly children: ReactNode;
}

/** Asks for the number of what will be changed to be typed before a large action goes ahead. */
export function ConfirmNumber({ number, action, otherwise, danger = false, ...rest }: ConfirmNumberProps) {
  const { busy, problem, onConfirm, onClose, children } = rest;
  const [typed, setTyped] = useState('');
  const isRight = typed.trim() === String(number);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isRight && !busy) onConfirm();
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
        <Button type="submit" className={danger ? 'danger' : ''} disabled={!isRight} loading={busy}>
          {action}
        </Button>
        <Button variant="default" onClick={onClose}>
          {otherwise}
        </Button>
      </div>
    </form>
  );
}
