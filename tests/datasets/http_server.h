// For tests of what is downloaded: a web server with one file, for this machine only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lienet::test {

struct Served {
  std::string body;
  bool ranges = true;             // or sends all of it whatever was asked for
  size_t breaks_off = SIZE_MAX;   // after so many bytes of an answer
  std::string status = "200 OK";  // of an answer that is not 206 or 416
};

class HttpServer {
 public:
  explicit HttpServer(Served served) : served_(std::move(served)) {
    ::setenv("no_proxy", "127.0.0.1", 1);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, any, size) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, any, &size) != 0)
      throw std::runtime_error("cannot listen on 127.0.0.1");
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/file";
    thread_ = std::jthread([this] { serve(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
    thread_.join();
    ::close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const std::string& url() const { return url_; }
  // The bytes from which each request so far asked for the file.
  std::vector<size_t> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd)) answer(fd);
  }

  void answer(int fd) {
    const timeval patience{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      request.append(buffer, static_cast<size_t>(n));
    }
    const std::string key = "Range: bytes=";
    const size_t at = request.find(key);
    const size_t asked = at == std::string::npos ? 0 : std::stoul(request.substr(at + key.size()));
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(asked);
    }
    const size_t from = served_.ranges ? asked : 0, size = served_.body.size();
    const bool beyond = from > 0 && from >= size;
    const std::string body = beyond ? "" : served_.body.substr(from);
    std::string head = "HTTP/1.1 " + (beyond     ? "416 Range Not Satisfiable"
                                      : from > 0 ? std::string("206 Partial Content")
                                                 : served_.status);
    if (from > 0 && !beyond)
      head += "\r\nContent-Range: bytes " + std::to_string(from) + '-' + std::to_string(size - 1) +
              '/' + std::to_string(size);
    head += "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    send_all(fd, head + body.substr(0, served_.breaks_off));
  }

  static void send_all(int fd, const std::string& text) {
    for (size_t done = 0; done < text.size();) {
      const ssize_t n = ::send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (n <= 0) return;
      done += static_cast<size_t>(n);
    }
  }

  Served served_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string url_;
  std::mutex mutex_;
  std::vector<size_t> requests_;
  std::jthread thread_;
};

}  // namespace lienet::test
