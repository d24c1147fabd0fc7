class HarbourController < ApplicationController
  def up = render(plain: "up")
  def hello = render(plain: "#{t("ahoi")} #{l(Time.utc(2024, 3, 1), format: :long)}")
  def zone = render(plain: Time.utc(2024, 7, 1, 12).in_time_zone(params[:name] || "Asia/Tokyo").to_s)

  def mail
    HarbourMailer.arrival(Ship.first).deliver_now
    render plain: ActionMailer::Base.deliveries.last.to_s
  end

  def job
    CountJob.perform_now
    CountJob.perform_later
    render plain: "queued"
  end

  def cache = render(plain: Rails.cache.fetch("x") { "fresh" })
  def markdown = render(html: Redcarpet::Markdown.new(Redcarpet::Render::HTML, tables: true).render("* one\n* two").html_safe)

  def picture
    require "mini_magick"
    made = Tempfile.new(["x", ".png"])
    MiniMagick::Tool::Convert.new { |c| c.size("40x30").xc("teal") << made.path }
    small = ImageProcessing::MiniMagick.source(File.open(made.path)).resize_to_limit(20, 20).convert("jpg").call
    send_data File.binread(small.path), type: "image/jpeg"
  end

  def pdf
    require "prawn"
    send_data Prawn::Document.new { text "Fair winds" }.render, type: "application/pdf"
  end

  def password
    ship = Ship.first
    ship.password = "ahoi"
    render plain: "#{ship.authenticate("ahoi") ? "right" : "wrong"} #{ship.password_digest[0, 4]}"
  end

  def token = render(plain: Rails.application.message_verifier(:x).then { |v| v.verify(v.generate("signed")) })
  def signed = render(plain: ActiveSupport::MessageEncryptor.new("k" * 32).then { |c| c.decrypt_and_verify(c.encrypt_and_sign("sealed")) })
  def yaml = render(plain: Ship.first.attributes.to_yaml)
  def currency = render(plain: helpers.number_to_currency(1234.5, locale: params[:locale] || :en))
  def words = render(plain: [helpers.time_ago_in_words(3.hours.ago), "mole".pluralize, "ship_yard".classify, "Überfahrt".parameterize].join(","))
  def boom = raise("shipwreck")

  def csv
    require "csv"
    send_data CSV.generate { |csv| Ship.all.each { |s| csv << [s.name, s.guns] } }, type: "text/csv"
  end

  def xml = render(plain: Hash.from_xml("<ship><name>Fram</name></ship>").to_json)
  def distance = render(plain: helpers.distance_of_time_in_words(3.days.to_i, 0, locale: :de))

  def upload
    ship = Ship.first
    ship.picture.attach(params.require(:file))
    render plain: "#{ship.picture.content_type} #{ship.picture.byte_size} #{ship.picture.download.bytesize}"
  end

  def variant = redirect_to(rails_representation_url(Ship.first.picture.variant(resize_to_limit: [8, 8])))
end
