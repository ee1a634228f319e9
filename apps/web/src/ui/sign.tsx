/** How the sign stands: `flat` is offline, `moving` is connecting or waiting, `steady` is connected. */
export type Flow = 'flat' | 'moving' | 'steady';

const wave = 'c1.4 -3.3 2.6 -3.3 4 0s2.6 3.3 4 0';
/** The middle line: two waves of 8 units each. */
const standing = `M2 10${wave.repeat(2)}`;
/** One wave more to the left, out of sight, to travel by. */
const travelling = `M-6 10${wave.repeat(3)}`;

/**
 * Streambed's sign. It says nothing to a screen reader: whatever it stands for is written beside it.
 * `size` is in pixels.
 */
export function Sign({ flow, size = 20 }: { readonly flow: Flow; readonly size?: number }) {
  const moving = flow === 'moving';
  return (
    <svg
      className="sign"
      data-flow={flow}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      strokeWidth={size < 32 ? 1.8 : 1.5}
      aria-hidden="true"
    >
      <path d="M2 4h16" />
      <svg x="1.1" width="17.8" height="20" viewBox="1.1 0 17.8 20" aria-hidden="true">
        <g className="sign-flow">
          <path className="sign-travel" d={moving ? travelling : standing} />
        </g>
      </svg>
      <path d="M2 16h16" />
    </svg>
  );
}
