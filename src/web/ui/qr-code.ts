/** An address as a QR code, drawn on the server: for a telephone that is held before a screen. */
import { encode } from 'uqr';
import { html, type Html } from './html.ts';

/** Modules of white around it; readers want four. */
const BORDER = 4;

/** @param label what it is, for those who do not see it */
export const qrCode = (text: string, label: string): Html => {
  const { data, size } = encode(text, { ecc: 'M', border: BORDER });
  const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  // Always dark on white, also in a dark page: many readers know no other.
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path fill="#000" d="${dark}"/></svg>`;
};
