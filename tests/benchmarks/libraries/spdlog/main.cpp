#include <iostream>
#include <memory>
#include <sstream>

#include "spdlog/async.h"
#include "spdlog/fmt/bin_to_hex.h"
#include "spdlog/fmt/ostr.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/sinks/ringbuffer_sink.h"
#include "spdlog/spdlog.h"

int main() {
  std::ostringstream stream;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(stream);
  auto ring = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(3);
  spdlog::logger logger("main", {sink, ring});
  logger.set_pattern("[%n] [%^%l%$] %v");
  logger.set_level(spdlog::level::debug);
  logger.trace("hidden {}", 1);
  logger.debug("shown {:04} {:.2f}", 7, 2.5);
  logger.warn("bytes {:n}", spdlog::to_hex(std::string("\x01\xffok")));
  logger.enable_backtrace(2);
  logger.trace("kept");
  logger.dump_backtrace();
  spdlog::init_thread_pool(64, 1);
  auto async = std::make_shared<spdlog::async_logger>("async", sink, spdlog::thread_pool());
  async->set_pattern("%L:%v");
  for (int i = 0; i < 3; ++i) async->info("message {}", i);
  async.reset();
  spdlog::shutdown();
  std::cout << stream.str() << ring->last_formatted().size() << ' '
            << spdlog::level::to_string_view(spdlog::level::err).data() << '\n';
}
