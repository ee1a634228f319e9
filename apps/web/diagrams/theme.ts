/** The page's own pigments (tokens.css) for what is drawn; in a frame without styles, so as values. */
export function themeVariables(dark: boolean): Readonly<Record<string, string | boolean>> {
  const [ground, box, edge, line, ink, tint, note] = dark
    ? ['#201e1b', '#2b2825', '#7d776e', '#9d978d', '#e9e6e1', '#1d3533', '#2e2a1c']
    : ['#f2f0ec', '#ffffff', '#8b857b', '#6a655d', '#24211d', '#dcebe9', '#f6efdc'];
  return {
    darkMode: dark,
    background: ground,
    primaryColor: box,
    primaryBorderColor: edge,
    primaryTextColor: ink,
    secondaryColor: tint,
    tertiaryColor: ground,
    mainBkg: box,
    nodeBorder: edge,
    clusterBkg: ground,
    clusterBorder: edge,
    lineColor: line,
    textColor: ink,
    titleColor: ink,
    edgeLabelBackground: ground,
    noteBkgColor: note,
    noteTextColor: ink,
    noteBorderColor: edge,
    actorBkg: box,
    actorBorder: edge,
    actorTextColor: ink,
    activationBkgColor: tint,
    activationBorderColor: edge,
    signalColor: line,
    signalTextColor: ink,
    labelBoxBkgColor: box,
    labelTextColor: ink,
    fontSize: '14px',
    dropShadow: 'none',
    useGradient: false,
  };
}
