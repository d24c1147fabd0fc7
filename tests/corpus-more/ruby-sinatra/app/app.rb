require "sinatra/base"
require "sinatra/json"
require "sequel"
require "i18n"
DB = Sequel.sqlite
DB.create_table(:ships) { primary_key :id; String :name; Integer :tons }
DB[:ships].insert(name: "Vasa", tons: 1210)
I18n.load_path += Dir[File.expand_path("locales/*.yml", __dir__)]

autoload :Report, File.expand_path("lib/report", __dir__)

class Harbour < Sinatra::Base
  set :root, __dir__
  set :show_exceptions, false
  set :host_authorization, permitted_hosts: []
  enable :sessions
  set :session_secret, "x" * 64

  get("/") { erb :index, locals: { ships: DB[:ships].all } }
  get("/up") { "ok" }
  get("/api/ships") { json DB[:ships].all }
  get("/about") { haml :about }
  get("/notes") { markdown :notes }
  get("/feed.xml") { content_type :xml; builder { |xml| xml.feed { DB[:ships].each { |s| xml.ship s[:name] } } } }
  post("/ships") { DB[:ships].insert(name: params[:name]); redirect "/" }
  get("/report.csv") { content_type :csv; Report.csv(DB[:ships].map([:name, :tons])) }
  get("/hello/:locale") { I18n.with_locale(params[:locale].to_sym) { I18n.t(:hello) } }
  get("/zone/*") { require "tzinfo"; TZInfo::Timezone.get(params[:splat][0]).utc_to_local(Time.utc(2024, 7, 1, 12)).hour.to_s }
  get("/html") { require "nokogiri"; Nokogiri::HTML("<p>a<b>c").at("b").text }
  get("/mail") { require "mail"; Mail.new(from: "a@b.c", to: "d@e.f", subject: "Ähoi", body: "x").to_s }
  get("/image") { require "mini_magick"; content_type :png; MiniMagick::Tool::Convert.new { |c| c.size "8x8"; c << "xc:red"; c << "png:-" } }
  get("/password") { require "bcrypt"; BCrypt::Password.create("x", cost: 4).to_s }
  get("/yaml") { require "yaml"; require "json"; require "erb"; require "set"; YAML.dump({ "a" => [1] }) }
  get("/tls") { require "openssl"; store = OpenSSL::X509::Store.new; store.set_default_paths; OpenSSL::PKey::EC.generate("prime256v1").public_key.to_bn.num_bits.to_s }
  get("/zip") { require "zlib"; require "stringio"; require "digest"; Digest::SHA256.hexdigest(Zlib.gzip("x").bytes.size.to_s) }
  get("/sjis") { "日本".encode("Shift_JIS").bytes.size.to_s + Encoding::Converter.new("UTF-8", "EUC-JP").convert("日").bytes.size.to_s }
  get("/session") { session[:n] = session[:n].to_i + 1; session[:n].to_s }
  get("/sh") { `date -u +%Y` }
  get("/socket") { require "socket"; Socket.getaddrinfo("localhost", nil).size.to_s }
  get("/boom") { raise "boom" }
  not_found { erb :not_found }
  error { erb :wreck }
end
