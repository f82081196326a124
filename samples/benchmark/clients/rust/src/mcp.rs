//! rmcp, the official client, over streamable HTTP.

use std::sync::Arc;

use rmcp::model::{CallToolRequestParams, CallToolResult, ProgressNotificationParam};
use rmcp::service::{NotificationContext, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{ClientHandler, RoleClient, ServiceExt};
use serde_json::json;
use tokio::sync::{mpsc, Mutex};

use crate::{Failure, Tokens, Weather, CALL, TOKENS};

/// Passes the messages of progress on; there is one stream at a time.
struct Reports(mpsc::UnboundedSender<String>);

impl ClientHandler for Reports {
    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        let _ = self.0.send(params.message.unwrap_or_default());
    }
}

#[derive(Clone)]
pub struct Connection {
    client: Arc<RunningService<RoleClient, Reports>>,
    reports: Arc<Mutex<mpsc::UnboundedReceiver<String>>>,
}

impl Connection {
    pub async fn open(port: u16) -> Result<Self, Failure> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let transport = StreamableHttpClientTransport::from_uri(format!("http://127.0.0.1:{port}/mcp"));
        let client = Reports(sender).serve(transport).await?;
        Ok(Self { client: Arc::new(client), reports: Arc::new(Mutex::new(receiver)) })
    }

    pub async fn call(&self) -> Result<Weather, Failure> {
        let arguments = json!(CALL).as_object().cloned().unwrap_or_default();
        let result = self.client.call_tool(CallToolRequestParams::new("weather.current").with_arguments(arguments)).await?;
        Ok(serde_json::from_str(&text(&result)?)?)
    }

    pub async fn tokens(&self) -> Result<Tokens, Failure> {
        let arguments = json!({"n": TOKENS}).as_object().cloned().unwrap_or_default();
        let mut reports = self.reports.lock().await;
        let result = self.client.call_tool(CallToolRequestParams::new("llm.tokens").with_arguments(arguments)).await?;
        text(&result)?;
        let mut tokens = Tokens::default();
        while tokens.count < TOKENS {
            tokens.take(&reports.recv().await.ok_or("no more reports")?);
        }
        Ok(tokens)
    }
}

fn text(result: &CallToolResult) -> Result<String, Failure> {
    if result.is_error == Some(true) {
        return Err(format!("{result:?}").into());
    }
    let content = result.content.first().and_then(|content| content.as_text()).ok_or("no text")?;
    Ok(content.text.clone())
}
