// talmach serve
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/log.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "search/translator.h"
#include "serving/translation_server.h"

namespace talmach {
namespace {

struct ServeOptions {
  TranslationFlags model;
  ServerOptions server;
  Index port = 8080;
  double timeout_seconds = 30;
};

void DeclareFlags(ServeOptions& options, CommandLine& line) {
  constexpr double kMaxPort = 65535;
  constexpr double kDay = 86400;
  line.Group("Server")
      .Text("host", &options.server.host, "ADDRESS",
            "where to listen; by default only this machine can reach it")
      .Number("port", &options.port, {0, kMaxPort}, "of TCP; 0 takes one that is free")
      .Text("title", &options.server.title, "TEXT", "of the page; by default the model's folder");
  line.Group("Limits")
      .Number("max-requests", &options.server.queue.max_requests, {1, 1000},
              "waiting and under way; more are answered with 503")
      .Number("max-body", &options.server.max_body_bytes, {100, 1e9}, "bytes of a request")
      .Number("max-sentences", &options.server.limits.max_sentences, {1, 1e6}, "of a request")
      .Number("timeout", &options.timeout_seconds, {0.001, kDay},
              "seconds until a request that is not done is answered with 503");
  options.model.DeclareModel(line);
  options.model.DeclareSearch(line);
}

std::string DefaultTitle(const std::string& model) {
  const std::filesystem::path path = std::filesystem::absolute(model).lexically_normal();
  const std::filesystem::path name = path.has_filename() ? path : path.parent_path();
  return name.parent_path().filename().string() + "/" + name.filename().string();
}

}  // namespace

void RunServeCommand(const Arguments& arguments) {
  ServeOptions options;
  options.server.title.clear();
  CommandLine line(
      "talmach serve -m DIR [-m DIR2…] [--port N] [FLAGS]",
      "Answers in the browser, with the attention of what it translates, and to other\n"
      "programs (POST /translate), until Ctrl-C.");
  DeclareFlags(options, line);
  if (!line.Parse(arguments)) return;
  const TranslationConfig config = options.model.Resolve(line);
  Translator translator =
      OpenTranslator(options.model.models(), options.model.MakeOpenOptions(config, line.threads()));
  ServerOptions& server = options.server;
  server.port = static_cast<int>(options.port);
  server.queue.timeout = std::chrono::milliseconds(std::llround(1000 * options.timeout_seconds));
  server.defaults = translator.options().beam;
  server.limits.max_beam_size = std::max(server.limits.max_beam_size, config.beam_size);
  if (server.title.empty()) server.title = DefaultTitle(options.model.models().front());
  TranslationServer serving(
      server, [&translator](std::span<const std::string> sentences, const BeamSearchOptions& beam) {
        translator.set_beam(beam);
        return translator.Translate(sentences);
      });
  if (!IsLoopback(server.host)) {
    Log().warn(
        "{}: everybody who can reach this address can use the server; it asks for no "
        "password and encrypts nothing",
        server.host);
  }
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  Log().info("listening on http://{}:{}/, Ctrl-C stops",
             is_ipv6 ? "[" + server.host + "]" : server.host, serving.port());
  serving.Serve(StopSignal());
  ThrowIfStopped();
}

}  // namespace talmach
