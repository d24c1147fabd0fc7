package main

import (
	"crypto/tls"
	"crypto/x509"
	"embed"
	"fmt"
	"html/template"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"syscall"
	"time"
)

//go:embed web
var web embed.FS

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "health":
			if r, err := http.Get("http://127.0.0.1:8080/"); err != nil || r.StatusCode != 200 {
				os.Exit(1)
			}
			return
		case "version":
			fmt.Println("harbour 1.0")
			return
		}
	}
	assets := os.Getenv("ASSETS")
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.WriteHeader(404)
			b, _ := os.ReadFile(filepath.Join(assets, "404.html"))
			w.Write(b)
			return
		}
		template.Must(template.ParseFS(web, "web/index.html")).Execute(w, "Vasa")
	})
	http.Handle("/assets/", http.StripPrefix("/assets/", http.FileServer(http.Dir(assets))))
	http.HandleFunc("/zone", func(w http.ResponseWriter, r *http.Request) {
		l, err := time.LoadLocation(r.URL.Query().Get("n"))
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		fmt.Fprint(w, time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC).In(l).Hour())
	})
	http.HandleFunc("/cas", func(w http.ResponseWriter, r *http.Request) {
		p, err := x509.SystemCertPool()
		fmt.Fprint(w, len(p.Subjects()) > 100, err)
	})
	http.HandleFunc("/user", func(w http.ResponseWriter, r *http.Request) {
		u, err := user.Lookup("www-data")
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		fmt.Fprint(w, u.Uid)
	})
	http.HandleFunc("/mime", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, mime.TypeByExtension(".svg")) })
	http.HandleFunc("/port", func(w http.ResponseWriter, r *http.Request) {
		p, err := net.LookupPort("tcp", "imaps")
		fmt.Fprint(w, p, err)
	})
	http.HandleFunc("/host", func(w http.ResponseWriter, r *http.Request) {
		a, err := net.LookupHost("localhost")
		fmt.Fprint(w, a, err)
	})
	http.HandleFunc("/date", func(w http.ResponseWriter, r *http.Request) {
		o, err := exec.Command("date", "-u", "+%Y").CombinedOutput()
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		w.Write(o)
	})
	http.HandleFunc("/tls", func(w http.ResponseWriter, r *http.Request) {
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "secure") }))
		defer s.Close()
		_, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{}}}).Get(s.URL)
		fmt.Fprint(w, err)
	})
	http.HandleFunc("/tmp", func(w http.ResponseWriter, r *http.Request) {
		f, err := os.CreateTemp("", "x")
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		fmt.Fprint(w, f.Name())
	})
	go http.ListenAndServe(":8080", nil)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	fmt.Println("bye")
}
