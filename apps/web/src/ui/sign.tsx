/** How the sign stands: `flat` is offline, `moving` is connecting or waiting, `steady` is connected. */
export type Flow = 'flat' | 'moving' | 'steady';

/** The middle line: a sine of period 8, one period longer to the left than it shows, to travel by. */
const sine = `M-6 10${'c1.4 -3.3 2.6 -3.3 4 0s2.6 3.3 4 0'.repeat(3)}`;

/**
 * Streambed's sign. It says nothing to a screen reader: whatever it stands for is written beside it.
 * `size` is in pixels.
 */
export function Sign({ flow, size = 20 }: { readonly flow: Flow; readonly size?: number }) {
  return (
    <svg className="sign" data-flow={flow} width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path d="M2 4h16" />
      <svg x="1.1" width="17.8" height="20" viewBox="1.1 0 17.8 20" aria-hidden="true">
        <g className="sign-flow">
          <path className="sign-travel" d={sine} />
        </g>
      </svg>
      <path d="M2 16h16" />
    </svg>
  );
}
