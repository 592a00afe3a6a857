// Whether a machine's screen shows a picture at all. People have to look at what the picture shows.

/** How many colours a canvas has; one is an empty screen. Runs in the page, so it may use nothing from outside itself. */
export function colours(element: Element): number {
  const canvas = element as HTMLCanvasElement;
  // A screen that is not connected yet.
  if (canvas.width === 0 || canvas.height === 0) return 0;
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  const seen = new Set<string>();
  for (let at = 0; at < data.length; at += 4) seen.add(`${data[at]} ${data[at + 1]} ${data[at + 2]}`);
  return seen.size;
}
