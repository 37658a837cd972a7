// @ts-check
/** Long lines go on below themselves, further in than they begin. */

/** @typedef {typeof import("../../../../app/assets/editor.js")} Bundle */

const DEEPEST = 12; // characters of indentation, beyond which it stays the same
const HANG = 2; // characters further in than the line

/** @param {Bundle} bundle */
export function wrapping({ EditorView, Decoration }) {
  const depths = Array.from({ length: DEEPEST + 1 }, (_, depth) => Decoration.line({ class: `cm-depth-${depth}` }));
  const rules = depths.map((_, depth) => {
    const room = `${depth + HANG}ch`;
    return [`.cm-line.cm-depth-${depth}`, { paddingLeft: `calc(6px + ${room})`, textIndent: `-${room}` }];
  });
  const hanging = EditorView.decorations.of(({ visibleRanges, state: { doc } }) => {
    const found = visibleRanges.flatMap(({ from, to }) => {
      const [first, last] = [doc.lineAt(from).number, doc.lineAt(to).number];
      return Array.from({ length: last - first + 1 }, (_, k) => {
        const line = doc.line(first + k);
        return depths[depthOf(line.text)].range(line.from);
      });
    });
    return Decoration.set(found, true);
  });
  return [EditorView.lineWrapping, hanging, EditorView.theme(Object.fromEntries(rules))];
}

/** @param {string} line */
function depthOf(line) {
  return Math.min(/^ */.exec(line)?.[0].length ?? 0, DEEPEST);
}
