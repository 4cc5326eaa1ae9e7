/* folium's own popups ask jQuery for two things: markup as an element, and to be told when the page is there. */
window.$ = window.$ || function (markup) {
  "use strict";
  if (typeof markup !== "string") { return { ready: function (then) { then(); } }; }
  var holder = document.createElement("template");
  holder.innerHTML = markup.trim();
  return [holder.content.firstElementChild];
};
