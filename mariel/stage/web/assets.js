// What is fetched once a page load: plotly.js from the app's own static folder, and the player's style sheet.

let plotly = null;
let style = null;

// For a page that has both in itself, as a dance that was taken home does: nothing is fetched.
export function carry(library) {
  plotly = Promise.resolve(library);
  style = Promise.resolve();
}

// Streamlit's own charts put another plotly.js on window.Plotly: keep ours to ourselves, give theirs back.
export function loadPlotly(url) {
  plotly ??= new Promise((resolve, reject) => {
    const theirs = window.Plotly;
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => {
      const ours = window.Plotly;
      if (theirs) window.Plotly = theirs;
      resolve(ours);
    };
    script.onerror = () => {
      plotly = null;
      script.remove();
      reject(new Error("plotly.js could not be loaded from the app's static folder"));
    };
    document.head.append(script);
  });
  return plotly;
}

export function loadStyle() {
  style ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("player.css", import.meta.url).href;
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
  return style;
}

let webgl = null;

export function hasWebGL() {
  if (webgl === null) {
    const context = document.createElement("canvas").getContext("webgl");
    webgl = Boolean(context);
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return webgl;
}
