// Tested by tests/drawing/picture_test.cc.
//
// Pango finds fonts, orders right-to-left runs and shapes glyphs; what is set here keeps the result
// the same everywhere. Hinting and the rounding of positions are off, so that text has the same
// width on every surface, and widths measured for the layout are those drawn. A maximal width is
// only set where text is longer, because Pango would align right-to-left text to it.
#include "drawing/text_renderer.h"

#include <pango/pangocairo.h>

#include <cstdint>

#include "attention/attention_map.h"

namespace talmach {
namespace {

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};

struct Unreferenced {
  void operator()(void* object) const { g_object_unref(object); }
};

using FontDescription =
    std::unique_ptr<PangoFontDescription, Freed<PangoFontDescription, pango_font_description_free>>;
using Attributes = std::unique_ptr<PangoAttrList, Freed<PangoAttrList, pango_attr_list_unref>>;
using FontOptions =
    std::unique_ptr<cairo_font_options_t, Freed<cairo_font_options_t, cairo_font_options_destroy>>;

// Grey for the word marks: they are heavy bars that would drown the words.
Attributes PaleWordMarks(const std::string& text) {
  constexpr std::uint16_t kGrey = 0xAAAA;
  Attributes attributes(pango_attr_list_new());
  for (auto at = text.find(kWordMark); at != std::string::npos; at = text.find(kWordMark, at + 1)) {
    PangoAttribute* attribute = pango_attr_foreground_new(kGrey, kGrey, kGrey);
    attribute->start_index = static_cast<guint>(at);
    attribute->end_index = static_cast<guint>(at + kWordMark.size());
    pango_attr_list_insert(attributes.get(), attribute);
  }
  return attributes;
}

}  // namespace

struct TextRenderer::Pango {
  std::unique_ptr<PangoFontMap, Unreferenced> fonts{pango_cairo_font_map_new()};
  std::unique_ptr<PangoContext, Unreferenced> context{pango_font_map_create_context(fonts.get())};
  std::unique_ptr<PangoLayout, Unreferenced> layout;

  Pango() {
    const FontOptions options(cairo_font_options_create());
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context.get(), options.get());
    pango_context_set_round_glyph_positions(context.get(), FALSE);
    layout.reset(pango_layout_new(context.get()));
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  }

  void Set(const std::string& text, const TextStyle& style) {
    const FontDescription font(pango_font_description_new());
    pango_font_description_set_family(font.get(), "sans-serif");
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    pango_font_description_set_weight(font.get(),
                                      style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_width(layout.get(), -1);
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    pango_layout_set_attributes(layout.get(), PaleWordMarks(text).get());
    // With a width set, Pango would push right-to-left text to the right end of it, so only what
    // has to be cut gets one.
    const int max_width = static_cast<int>(style.max_width * PANGO_SCALE);
    int width = 0;
    pango_layout_get_size(layout.get(), &width, nullptr);
    if (max_width > 0 && width > max_width) pango_layout_set_width(layout.get(), max_width);
  }

  TextExtents Size() {
    PangoRectangle logical;
    pango_layout_get_extents(layout.get(), nullptr, &logical);
    return {.width = static_cast<double>(logical.width) / PANGO_SCALE,
            .height = static_cast<double>(logical.height) / PANGO_SCALE};
  }
};

TextRenderer::TextRenderer() : pango_(std::make_unique<Pango>()) {}
TextRenderer::~TextRenderer() = default;

TextExtents TextRenderer::Measure(const std::string& text, const TextStyle& style) {
  pango_->Set(text, style);
  return pango_->Size();
}

Index TextRenderer::CountMissing(const std::string& text) {
  pango_->Set(text, {});
  return pango_layout_get_unknown_glyphs_count(pango_->layout.get());
}

void TextRenderer::Draw(cairo_t* cairo, const std::string& text, const TextStyle& style, double x,
                        double y) {
  pango_->Set(text, style);
  PangoRectangle logical;
  pango_layout_get_extents(pango_->layout.get(), nullptr, &logical);
  cairo_move_to(cairo, x - static_cast<double>(logical.x) / PANGO_SCALE,
                y - pango_->Size().height / 2);
  pango_cairo_show_layout(cairo, pango_->layout.get());
}

}  // namespace talmach
