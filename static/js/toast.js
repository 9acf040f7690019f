/* Short messages: from the page, or from an answer's HX-Trigger: {"toast": {"text", "tone", "url", "action"}}.
   One with an action (undo) stays 8 seconds, others 5; what failed stays; a pointer or focus holds it. */
(() => {
  const region = document.getElementById("toasts");
  if (!region) return;
  const icons = { success: "circle-check", error: "circle-x", warning: "alert-triangle" };
  const tones = { success: "good", error: "bad", warning: "warn" };
  const sprite = () => document.querySelector(".i use")?.getAttribute("href").split("#")[0] || "";
  const element = (name, props, ...children) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children);
    return made;
  };
  const drawIcon = (name) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    made.setAttribute("class", "i");
    made.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${sprite()}#${name}`);
    made.append(use);
    return made;
  };

  const keep = (toast) => {
    if (toast.dataset.toast === "error") return;
    const wait = toast.querySelector("a, form") ? 8000 : 5000;
    let timer = 0;
    const start = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), wait);
    };
    const hold = () => clearTimeout(timer);
    toast.addEventListener("mouseenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusout", start);
    start();
  };

  const show = ({ text, message, tone = "", url, action }) => {
    const toast = element("div", { className: `toast-msg ${tones[tone] || ""}` });
    toast.dataset.toast = tone;
    toast.append(drawIcon(icons[tone] || "info-circle"));
    toast.append(element("span", { className: "grow", textContent: text || message || "" }));
    if (url?.startsWith("/") && !url.startsWith("//")) {
      toast.append(element("a", { className: "btn btn-sm", href: url, textContent: action }));
    }
    const close = element("button", { type: "button", className: "icon-btn" }, drawIcon("x"));
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", document.body.dataset.msgDismiss || "");
    toast.append(close);
    region.append(toast);
    keep(toast);
  };

  document.addEventListener("toast", (event) => show(event.detail || {}));
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });
  region.querySelectorAll("[data-toast]").forEach(keep);
})();
