// Tested by tests/integration/serve_test.py.
//
// The way of a request: the HTTP server calls Handle on its loop, which must not be kept waiting.
// Route checks host and origin, then path, then method; pages are answered there and then. A
// translation first takes a place in the queue, or is refused with 503 while that costs nothing.
// Its body is unpacked and parsed in the background, light requests apart from heavy ones, so that
// a large body delays no small one; then its sentences wait for a worker, and the worker answers.
//
// The place is a ticket that the HTTP server holds for as long as the client is connected. Whoever
// works on the request holds it weakly: once the client has gone, the ticket is gone, and the work
// is dropped at the next step.
//
// What can be told of an error depends on the form of the request, since each form has its own way
// to say it; ToAnswer maps exceptions to status codes in one place.
#include "serving/translation_server.h"

#include <fmt/format.h>
#include <unicode/locid.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/free_memory.h"
#include "base/log.h"
#include "base/utf8.h"
#include "drawing/html_viewer.h"
#include "serving/access_policy.h"
#include "serving/server_metrics.h"
#include "serving/translation_answer.h"
#include "text/compression.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kJson = "application/json";
// Bytes of an answer for each attention weight: as JSON, and in memory, which is more than what the
// page gets.
constexpr Index kJsonBytesPerWeight = 12;
constexpr Index kViewerBytesPerWeight = 4;
// Larger requests, and packed ones, are heavy work.
constexpr std::size_t kLightRequest = std::size_t{1} << 14;

HttpAnswer Answer(std::string body, const char* type = kJson) {
  return {.status = 200, .headers = {{"Content-Type", type}}, .body = std::move(body), .parts = {}};
}

HttpAnswer ErrorWithStatus(RequestForm form, int status, std::string_view message) {
  HttpAnswer answer = Answer(ErrorAnswer(form, status, message));
  answer.status = status;
  if (status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

// The answer that an exception becomes.
HttpAnswer ToAnswer(RequestForm form, const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const RequestRefused& error) {
    return ErrorWithStatus(form, error.status(), error.what());
  } catch (const DataError& error) {
    return ErrorWithStatus(form, 400, error.what());
  } catch (const ServerBusy& error) {
    return ErrorWithStatus(form, 503, error.what());
  } catch (const std::bad_alloc&) {
    return ErrorWithStatus(form, 503, "server: out of memory; try again later, with less text");
  } catch (const std::exception& error) {
    Log().error("{}", error.what());
    return ErrorWithStatus(form, 500, error.what());
  }
}

// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view value) {
  std::string type(value.substr(0, value.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return std::tolower(c); });
  return type;
}

// Appends what `packed` holds; false if that is more than `max_bytes`.
bool GunzipAtMost(std::string_view packed, Index max_bytes, std::string& out) {
  const auto gzip = MakeDecompressor("body.gz", "request");
  std::array<char, 16384> buffer{};
  while (const Index size = gzip->Decompress(&packed, buffer.data(), std::ssize(buffer))) {
    out.append(buffer.data(), static_cast<std::size_t>(size));
    if (std::ssize(out) > max_bytes) return false;
  }
  gzip->CheckEnd();
  return true;
}

// The body, unpacked if it was packed.
std::string Unpack(const HttpRequest& request, Index max_bytes) {
  const std::string coding = MediaType(request.Header("content-encoding"));
  if (coding.empty() || coding == "identity") return request.body;
  if (coding != "gzip" && coding != "x-gzip") {
    throw RequestRefused(415, {.where = "Content-Encoding", .expected = "gzip", .got = coding});
  }
  std::string body;
  const bool complete = GunzipAtMost(request.body, max_bytes, body);
  if (complete) return body;
  throw RequestRefused(413, {.where = "request",
                             .what = "too large",
                             .expected = fmt::format("at most {} bytes (--max-body)", max_bytes)});
}

// What a client calls a page, without characters that would steer a terminal.
std::string Printable(std::string_view text) {
  std::string result = RepairUtf8(text.substr(0, 80));
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return result;
}

std::string NameOfLanguage(const std::string& code) {
  icu::UnicodeString name;
  icu::Locale(code.c_str()).getDisplayName(icu::Locale::getEnglish(), name);
  std::string text;
  return name.toUTF8String(text);
}

std::string LanguagesAnswer(const std::vector<ServedModel>& models) {
  std::map<std::string, std::set<std::string>> targets;
  for (const ServedModel& model : models) {
    const LanguagePair languages = LanguagesOf(model.name);
    if (!languages.source.empty()) targets[languages.source].insert(languages.target);
  }
  Json list = Json::array();
  for (const auto& [source, of_source] : targets) {
    list.push_back({{"code", source}, {"name", NameOfLanguage(source)}, {"targets", of_source}});
  }
  return list.dump();
}

bool IsTranslation(const std::string& path) {
  return path == "/translate" || path == "/translator/translate" || path == "/records";
}

bool IsPage(const std::string& path) {
  return path == "/" || path == "/health" || path == "/languages" || path == "/metrics";
}

}  // namespace

class TranslationServer::Pages {
 public:
  Pages(const ServerOptions& options, std::vector<ServedModel> models,
        TranslationQueue::Search search)
      : options_(options),
        models_(std::move(models)),
        policy_(options.http.host, options.allowed_origins),
        page_(LiveViewerPage(options.title, models_.front().defaults.beam_size)),
        queue_(std::move(search), options.queue),
        http_(
            options.http,
            {.handle = [this](const auto& request,
                              const auto& respond) { return Handle(request, respond); },
             .refuse = [this](const HttpRequest* request, int status,
                              std::string_view what) { return Refuse(request, status, what); },
             .answered = [this](const HttpRequest& request, int status,
                                double seconds) { Note(request, status, seconds); },
             .stopping = [this] { queue_.Close(); },
             .after_work =
                 [this] { http_.RunInBackground(HttpServer::Weight::kHeavy, ReturnFreeMemory); }}) {
  }
  ~Pages() { queue_.Stop(); }  // workers answer through `http_`
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  HttpServer& http() { return http_; }

 private:
  using Request = std::shared_ptr<HttpRequest>;
  using Respond = HttpServer::Respond;

  std::shared_ptr<void> Handle(const Request& request, const Respond& respond) {
    const Respond respond_with_headers = [this, request, respond](HttpAnswer answer) {
      AddHeaders(*request, answer);
      respond(std::move(answer));
    };
    try {
      return Route(request, respond_with_headers);
    } catch (...) {
      respond_with_headers(ToAnswer(FormOf(*request), std::current_exception()));
      return nullptr;
    }
  }

  std::shared_ptr<void> Route(const Request& request, const Respond& respond) {
    if (request->CountHeader("host") > 1) {
      throw DataError({.where = "Host", .expected = "one", .got = "several"});
    }
    const std::string refusal = policy_.Refusal(request->Header("host"), request->Header("origin"));
    if (!refusal.empty()) {
      respond(ErrorWithStatus(RequestForm::kOwn, 403, refusal));
      return nullptr;
    }
    const bool is_translation = IsTranslation(request->path);
    if (!is_translation && !IsPage(request->path)) {
      respond(ErrorWithStatus(RequestForm::kOwn, 404,
                              "no such address; expected /, /translate, /languages, /health or "
                              "/metrics"));
      return nullptr;
    }
    if (request->method == "OPTIONS") {
      respond(Preflight(*request));
      return nullptr;
    }
    const bool is_get = request->method == "GET" || request->method == "HEAD";
    if (is_translation ? request->method != "POST" : !is_get) {
      respond(WrongMethod(*request));
      return nullptr;
    }
    if (is_translation) return StartTranslation(request, respond);
    respond(GetPage(request->path));
    return nullptr;
  }

  HttpAnswer GetPage(const std::string& path) const {
    if (path == "/languages") return Answer(LanguagesAnswer(models_));
    if (path == "/metrics") {
      return Answer(metrics_.ToText(queue_.numbers(), http_.num_connections()),
                    "text/plain; version=0.0.4; charset=utf-8");
    }
    if (path == "/health") {
      const Json health = {
          {"status", "ok"}, {"requests", queue_.numbers().requests}, {"version", TALMACH_VERSION}};
      return Answer(health.dump());
    }
    return Answer(page_, "text/html; charset=utf-8");
  }

  static std::string MethodOf(const HttpRequest& request) {
    return IsTranslation(request.path) ? "POST" : "GET";
  }

  static HttpAnswer WrongMethod(const HttpRequest& request) {
    const std::string allowed = MethodOf(request);
    HttpAnswer answer =
        ErrorWithStatus(RequestForm::kOwn, 405, "wrong method; expected " + allowed);
    answer.headers.emplace_back("Allow", allowed);
    return answer;
  }

  // What a browser asks before it lets a page of another origin send JSON.
  HttpAnswer Preflight(const HttpRequest& request) const {
    if (!policy_.IsAllowedOrigin(request.Header("origin"))) return WrongMethod(request);
    return {.status = 204,
            .headers = {{"Access-Control-Allow-Methods", MethodOf(request)},
                        {"Access-Control-Allow-Headers", "Content-Type"},
                        {"Access-Control-Max-Age", "600"}},
            .body = {},
            .parts = {}};
  }

  static bool HasForm(const HttpRequest& request) {
    return request.path == "/translate" &&
           MediaType(request.Header("content-type")) == "application/x-www-form-urlencoded" &&
           (request.body.starts_with("q=") || request.body.find("&q=") != std::string::npos);
  }

  // Forms are sent by any page without asking. That is safe here: browsers name the page in Origin,
  // which has been checked. Everything else that needs no preflight is refused.
  static bool IsForm(const HttpRequest& request) {
    const std::string type = MediaType(request.Header("content-type"));
    if (type == kJson) return false;
    if (HasForm(request)) return true;
    throw RequestRefused(415, {.where = "Content-Type",
                               .expected = kJson,
                               .got = type.empty() ? "none" : Printable(type),
                               .hint = "curl sends it with --json"});
  }

  static RequestForm FormOf(const HttpRequest& request) {
    if (!IsTranslation(request.path)) return RequestForm::kOwn;
    if (HasForm(request)) return RequestForm::kLibreTranslate;
    return talmach::FormOf(request.body);
  }

  std::shared_ptr<void> StartTranslation(const Request& request, const Respond& respond) {
    const bool is_form = IsForm(*request);
    const std::shared_ptr<TranslationQueue::Ticket> ticket = queue_.Admit();
    const bool light =
        request->body.size() <= kLightRequest && request->Header("content-encoding").empty();
    http_.RunInBackground(
        light ? HttpServer::Weight::kLight : HttpServer::Weight::kHeavy,
        [this, request, respond, is_form, weak = std::weak_ptr<TranslationQueue::Ticket>(ticket)] {
          const auto held = weak.lock();
          if (!held) return;  // the client has gone
          try {
            Submit(request, respond, is_form, *held);
          } catch (...) {
            RespondWithError(*request, respond);
          }
        });
    return ticket;
  }

  // Says which exception is being handled. A thread's memory may end before that of others.
  static void RespondWithError(HttpRequest& request, const Respond& respond,
                               std::optional<RequestForm> form = {}) {
    try {
      respond(ToAnswer(form ? *form : FormOf(request), std::current_exception()));
    } catch (const std::bad_alloc&) {
      request.has_no_memory = true;
    }
  }

  void Submit(const Request& request, const Respond& respond, bool is_form,
              TranslationQueue::Ticket& ticket) {
    const std::string body = Unpack(*request, options_.http.max_body_bytes);
    auto asked = std::make_shared<TranslationRequest>(
        is_form ? ParseTranslationForm(body, models_, options_.limits)
                : ParseTranslationRequest(body, models_, options_.limits));
    const bool for_viewer = request->path == "/records";
    if (for_viewer) asked->attention = true;
    TranslationWork work =
        EstimateWork(*asked, models_[static_cast<std::size_t>(asked->model)],
                     for_viewer ? kViewerBytesPerWeight : kJsonBytesPerWeight, options_.limits);
    queue_.Start(ticket, std::move(work),
                 [this, request, asked, respond, for_viewer](std::vector<Translation> translations,
                                                             const std::exception_ptr& error) {
                   try {
                     if (error) std::rethrow_exception(error);
                     HttpAnswer answer = Answer("");
                     answer.parts = for_viewer ? ViewerAnswer(*asked, std::move(translations))
                                               : TranslationAnswer(*asked, std::move(translations));
                     respond(std::move(answer));
                   } catch (...) {
                     RespondWithError(*request, respond, asked->form);
                   }
                 });
  }

  HttpAnswer Refuse(const HttpRequest* request, int status, std::string_view what) const {
    const std::string where = status == 503 ? "server: " : "request: ";
    HttpAnswer answer = ErrorWithStatus(request ? FormOf(*request) : RequestForm::kOwn, status,
                                        where + std::string(what));
    if (request) {
      AddHeaders(*request, answer);
    } else {
      answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
    }
    return answer;
  }

  void AddHeaders(const HttpRequest& request, HttpAnswer& answer) const {
    answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
    if (!options_.allowed_origins.empty()) answer.headers.emplace_back("Vary", "Origin");
    const std::string_view origin = request.Header("origin");
    if (!policy_.IsAllowedOrigin(origin)) return;
    answer.headers.emplace_back("Access-Control-Allow-Origin", std::string(origin));
  }

  void Note(const HttpRequest& request, int status, double seconds) {
    const bool known = IsTranslation(request.path) || IsPage(request.path);
    metrics_.Count(known ? request.path : "other", status, seconds);
    Log().info("{} {} {} {} {:.1f} ms", request.address, Printable(request.method),
               Printable(request.path), status, 1000 * seconds);
  }

  const ServerOptions options_;
  const std::vector<ServedModel> models_;
  const AccessPolicy policy_;
  const std::string page_;
  ServerMetrics metrics_;
  TranslationQueue queue_;
  HttpServer http_;  // the last member: its requests hold places in the queue
};

TranslationServer::TranslationServer(const ServerOptions& options, std::vector<ServedModel> models,
                                     TranslationQueue::Search search)
    : pages_(std::make_unique<Pages>(options, std::move(models), std::move(search))) {}

TranslationServer::~TranslationServer() = default;

int TranslationServer::port() const { return pages_->http().port(); }

void TranslationServer::Serve(const std::atomic<int>& stop) { pages_->http().Serve(stop); }

}  // namespace talmach
