Rails.application.routes.draw do
  root "ships#index"
  resources :ships
  get "up", to: "harbour#up"
  %w[hello zone mail job cache markdown picture pdf password token yaml currency words boom csv signed xml distance variant].each { |name| get name, to: "harbour##{name}" }
  get "stream", to: "streams#show"
  post "upload", to: "harbour#upload"
  mount ActionCable.server => "/cable"
end
