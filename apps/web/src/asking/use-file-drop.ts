import { useEffect, useState } from 'react';

/** Files dropped anywhere on the page; says whether some are being dragged over it. */
export function useFileDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    // Every element that is crossed enters and leaves.
    let inside = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const count = (step: number) => (event: DragEvent) => {
      if (!hasFiles(event)) return;
      inside = Math.max(0, inside + step);
      setDragging(inside > 0);
    };
    const onEnter = count(1);
    const onLeave = count(-1);
    const onOver = (event: DragEvent) => {
      // Without this the browser would open the file in place of the page.
      if (hasFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      inside = 0;
      setDragging(false);
      onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener('dragenter', onEnter);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('dragover', onOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragenter', onEnter);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('drop', onDrop);
    };
  }, [onFiles]);
  return dragging;
}
