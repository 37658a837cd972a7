// @ts-check
/**
 * Wears the theme that was chosen here before, ahead of the first paint; an address that names a theme wins. Whoever
 * asks for one panel alone sees nothing before the others are away.
 */
try {
  const theme = localStorage.getItem("theme");
  const { dataset } = document.documentElement;
  if (!dataset.theme && (theme === "light" || theme === "dark")) dataset.theme = theme;
} catch {
  // storage may be forbidden: then the system's theme is worn
}
document.documentElement.classList.toggle("lone", /[#&]only=/.test(location.hash));
