/** At most one drawing a frame, however often it is asked for. */

type Schedule = (run: () => void) => unknown;

/** Return a function that has `draw` run with the next frame; asking again before that changes nothing. */
export function onceAFrame(draw: () => void, schedule: Schedule = requestAnimationFrame): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    schedule(() => {
      isAsked = false;
      draw();
    });
  };
}
