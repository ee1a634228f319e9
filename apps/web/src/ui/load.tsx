import { Component, type ReactNode } from 'react';

const triesMs = [500, 2_000, 8_000];

/** Loads a part of the page; where the server is away for a moment it asks again. Rejects when that doesn't help. */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  for (const waitMs of triesMs) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
  return load();
}

/** Shows `otherwise` in place of a part that could not be loaded, so that the rest of the page lives on. */
export class Otherwise extends Component<{ readonly otherwise: ReactNode; readonly children: ReactNode }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.otherwise : this.props.children;
  }
}
