// @ts-check
/** How the editor looks: its colours come from the page's roles. */

/** @typedef {typeof import("../../../../app/assets/editor.js")} Bundle */

/** @param {Bundle} bundle */
export function highlight({ HighlightStyle, tags }) {
  return HighlightStyle.define([
    { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], fontWeight: "700" },
    { tag: [tags.comment, tags.lineComment], color: "var(--muted)", fontStyle: "italic" },
    { tag: [tags.string, tags.number, tags.bool], color: "var(--upstream)" },
    { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--local)" },
  ]);
}

/** @param {Bundle} bundle */
export function theme({ EditorView }) {
  return EditorView.theme({ ...TEXT, ...TOOLTIPS, ...MISTAKES });
}

const TEXT = {
  "&": { color: "var(--ink)", fontSize: "var(--normal)", maxHeight: "60vh" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", minHeight: "5.5rem" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "none", border: "0", color: "var(--muted)" },
  ".cm-gutter-lint": { paddingLeft: "0.25rem", width: "1.25rem" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0.2rem 0 0" },
  ".cm-lint-marker": { height: "0.8rem", width: "0.8rem" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--mark) !important" },
  ".cm-placeholder": { color: "var(--muted)", fontStyle: "italic" },
  ".cm-there": { background: "var(--mark)", borderRadius: "3px" },
  ".cm-here": { background: "var(--mark-strong)", borderRadius: "3px", boxShadow: "0 2px 0 var(--ink)" },
  ".cm-override": { color: "var(--muted)", fontSize: "var(--small)", paddingLeft: "0.75ch" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--mark-strong)" },
};

const TOOLTIPS = {
  ".cm-tooltip": {
    background: "var(--card)",
    border: "1px solid var(--line)",
    borderRadius: "7px",
    boxShadow: "0 4px 16px rgb(0 0 0 / 16%)",
    color: "var(--ink)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    maxHeight: "14rem",
    maxWidth: "min(34rem, 94vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { lineHeight: "1.5", padding: "0.125rem 0.5rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--mark-strong)", color: "var(--ink)" },
  ".cm-completionMatchedText": { fontWeight: "700", textDecoration: "none" },
  ".cm-completionDetail": {
    color: "var(--muted)",
    fontFamily: "var(--sans)",
    fontSize: "var(--small)",
    fontStyle: "normal",
    marginLeft: "0.75rem",
  },
  ".cm-completionInfo": { fontFamily: "var(--sans)", fontSize: "var(--small)", padding: "0.375rem 0.625rem" },
  ".cm-completionInfo code": { fontFamily: "var(--mono)" },
  ".facts": {
    fontFamily: "var(--sans)",
    fontSize: "var(--small)",
    maxWidth: "min(26rem, 90vw)",
    padding: "0.5rem 0.75rem",
  },
  ".facts .title": { fontFamily: "var(--mono)", fontWeight: "700" },
  ".facts dl": { display: "grid", gap: "0 0.75rem", gridTemplateColumns: "auto 1fr", margin: "0.125rem 0" },
  ".facts dt": { color: "var(--muted)" },
  ".facts dd": { fontVariantNumeric: "tabular-nums slashed-zero", margin: "0", overflowWrap: "anywhere" },
  ".facts .rule": { fontFamily: "var(--mono)" },
};

const MISTAKES = {
  ".cm-diagnostic": { fontFamily: "var(--sans)", padding: "0.375rem 0.625rem", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--mistake)" },
  ".cm-diagnosticAction": {
    background: "var(--raised)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    color: "var(--ink)",
    display: "block",
    font: "inherit",
    margin: "0.375rem 0 0",
    minHeight: "2rem",
    padding: "0.25rem 0.625rem",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--mistake)",
    textUnderlineOffset: "3px",
  },
};
